import { atMostOne, isGiven, needs, type SectionRules } from "./upstreamRules";
import { placeholder } from "./known";
import { problemAt } from "./problem";

/** Rules of github.com/prometheus/common/config, which both programs read for their HTTP clients: Validate of HTTPClientConfig, TLSConfig and ProxyConfig. */
export const httpClientRules: SectionRules = {
  "config.HTTPClientConfig": ({ value }) => {
    const bearer = ["bearer_token", "bearer_token_file"].find((name) => isGiven(value[name], placeholder));
    const ways = ["authorization", "basic_auth", "oauth2"].filter((name) =>
      isGiven(value[name], placeholder),
    );
    const all = [...ways, ...(bearer === undefined ? [] : [bearer])];
    return [
      ...atMostOne(value, "bearer_token", "bearer_token_file"),
      ...problemAt(
        [all[1] ?? ""],
        all.length > 1
          ? `${all[0]} is given, too; a client has one way to authenticate, so leave one of them out`
          : undefined,
      ),
    ];
  },
  "config.Authorization": ({ value }) => [
    ...atMostOne(value, "credentials", "credentials_file", "credentials_ref"),
    ...problemAt(
      ["type"],
      typeof value.type === "string" && value.type.trim().toLowerCase() === "basic"
        ? "this is for tokens; give a user and a password in basic_auth"
        : undefined,
    ),
  ],
  "config.BasicAuth": ({ value }) => [
    ...atMostOne(value, "username", "username_file", "username_ref"),
    ...atMostOne(value, "password", "password_file", "password_ref"),
  ],
  "config.OAuth2": ({ value }) => [...needs(value, "client_id"), ...needs(value, "token_url")],
  "config.TLSConfig": ({ value }) => {
    const [certificate, key] = ["cert", "key"].map((name) =>
      [name, `${name}_file`, `${name}_ref`].some((each) => isGiven(value[each])),
    );
    return [
      ...atMostOne(value, "ca", "ca_file", "ca_ref"),
      ...atMostOne(value, "cert", "cert_file", "cert_ref"),
      ...atMostOne(value, "key", "key_file", "key_ref"),
      ...problemAt([], certificate && !key ? "a client certificate needs its key; give key_file" : undefined),
      ...problemAt(
        [],
        key && !certificate ? "a client key needs its certificate; give cert_file" : undefined,
      ),
    ];
  },
  "config.ProxyConfig": ({ value }) => [
    ...problemAt(
      ["no_proxy"],
      isGiven(value.no_proxy) && !isGiven(value.proxy_url) && value.proxy_from_environment !== true
        ? "it needs proxy_url"
        : undefined,
    ),
    ...problemAt(
      ["proxy_from_environment"],
      value.proxy_from_environment === true && (isGiven(value.proxy_url) || isGiven(value.no_proxy))
        ? "it cannot stand beside proxy_url and no_proxy; leave one of them out"
        : undefined,
    ),
  ],
};
