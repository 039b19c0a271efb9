import { unprocessable } from "./errors";

const defaultPerPage = 20;
const mostPerPage = 200;

/** One page of a list, as `page` and `per_page` of the address ask for it, with links to the others and the total. */
export function paginate(name: string, items: readonly unknown[], address: URL): Record<string, unknown> {
  const perPage = Math.min(number(address, "per_page", defaultPerPage), mostPerPage);
  const page = number(address, "page", 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const link = (number: number) => {
    const other = new URL(address);
    other.searchParams.set("page", String(number));
    return other.toString();
  };
  const pages = {
    ...(page > 1 ? { first: link(1), prev: link(Math.min(page - 1, last)) } : {}),
    ...(page < last ? { next: link(page + 1), last: link(last) } : {}),
  };
  return {
    [name]: items.slice((page - 1) * perPage, page * perPage),
    links: Object.keys(pages).length > 0 ? { pages } : {},
    meta: { total: items.length },
  };
}

function number(address: URL, name: string, fallback: number): number {
  const text = address.searchParams.get(name);
  if (text === null) return fallback;
  if (!/^[1-9]\d*$/.test(text)) throw unprocessable(`${name} must be a number from 1 up`);
  return Number(text);
}
