import { atMostOne, isGiven, needs, oneOfTexts, type SectionRules } from "./upstreamRules";
import { placeholder } from "./known";
import { problemAt } from "./problem";

const tlsVersions = ["TLS10", "TLS11", "TLS12", "TLS13"];

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
  "config.OAuth2": ({ value }) => [
    ...needs(value, "client_id"),
    ...needs(value, "token_url"),
    ...(isGiven(value.grant_type, "client_credentials")
      ? []
      : atMostOne(value, "client_secret", "client_secret_file", "client_secret_ref")),
  ],
  "config.TLSConfig": ({ value }) => {
    const [certificate, key] = ["cert", "key"].map((name) =>
      [name, `${name}_file`, `${name}_ref`].some((each) => isGiven(value[each])),
    );
    return [
      ...["min_version", "max_version"].flatMap((name) => oneOfTexts(value[name], name, tlsVersions)),
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
  "sigv4.SigV4Config": ({ value }) => [
    ...(isGiven(value.access_key) ? needs(value, "secret_key") : []),
    ...(isGiven(value.secret_key) ? needs(value, "access_key") : []),
    ...(isGiven(value.external_id) ? needs(value, "role_arn") : []),
  ],
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
