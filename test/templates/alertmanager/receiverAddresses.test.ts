import { describe, expect, it } from "vitest";
import { formatPath } from "../../../model/problem";
import { receiverAddressProblems } from "../../../templates/alertmanager/receiverAddresses";

const pathsOf = (config: Record<string, unknown>) =>
  receiverAddressProblems(config).map(({ path }) => formatPath(path));
const receivers = (...integrations: object[]) => ({
  receivers: integrations.map((each, index) => ({ name: `r${index}`, ...each })),
});

describe("addresses of receivers", () => {
  it("are refused as IPv6, which the container has not, wherever one stands", () => {
    expect(
      pathsOf({
        global: {
          smtp_smarthost: "[2001:db8::25]:25",
          slack_api_url: "http://user:password@[2001:db8::1]/",
          http_config: { proxy_url: "http://[fd5e::1]:3128" },
        },
        ...receivers(
          {
            webhook_configs: [{ url: "http://chat.example.com" }, { url: "https://[fd5e:77::1]:8080/hook" }],
          },
          { email_configs: [{ smarthost: "[::1]:25" }] },
          {
            webhook_configs: [
              { url: "http://chat", http_config: { oauth2: { token_url: "http://[::1]/" } } },
            ],
          },
        ),
      }),
    ).toEqual([
      "global.smtp_smarthost",
      "global.slack_api_url",
      "global.http_config.proxy_url",
      "receivers[0].webhook_configs[1].url",
      "receivers[1].email_configs[0].smarthost",
      "receivers[2].webhook_configs[0].http_config.oauth2.token_url",
    ]);
  });

  it("may be names and IPv4, and links in messages may lead anywhere", () => {
    const config = {
      global: { smtp_smarthost: "mail.example.com:25" },
      ...receivers(
        { webhook_configs: [{ url: "http://198.51.100.1:8080/[2001:db8::1]" }] },
        { pushover_configs: [{ url: "http://[2001:db8::1]/" }] },
        { slack_configs: [{ icon_url: "http://[2001:db8::1]/", text: "http://[2001:db8::1]/" }] },
        null as unknown as object,
        { webhook_configs: "http://[2001:db8::1]/" },
      ),
    };
    expect(receiverAddressProblems(config)).toEqual([]);
    for (const odd of [undefined, null, 1, "text", [null]])
      expect(receiverAddressProblems({ global: odd, receivers: odd })).toEqual([]);
  });

  it("are not quoted: the rest of one may be a secret", () => {
    const problems = receiverAddressProblems(
      receivers({ webhook_configs: [{ url: "http://[2001:db8::1]/T0/secret" }] }),
    );
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toMatch(/T0|2001/);
  });

  it.each([
    ...[
      "http://127.0.0.1:5001/",
      "http://localhost/hook",
      "https://user:password@LOCALHOST:8080",
      "http://[::1]:9/",
    ],
    ...[
      "http://127.1",
      "http://a.localhost/",
      "http://0.0.0.0:80/",
      "http://localhost.:1/",
      "localhost:25",
      "[::1]:25",
    ],
  ])("are refused on loopback, which is the container itself: %s", (address) => {
    const config = {
      global: { smtp_smarthost: address, http_config: { proxy_url: address } },
      ...receivers({ webhook_configs: [{ url: address }], discord_configs: [{ webhook_url: address }] }),
    };
    const problems = receiverAddressProblems(config);
    expect(problems.map(({ path }) => formatPath(path))).toEqual([
      ...["global.smtp_smarthost", "global.http_config.proxy_url"],
      ...["receivers[0].webhook_configs[0].url", "receivers[0].discord_configs[0].webhook_url"],
    ]);
    for (const { says } of problems) {
      expect(says).toMatch(/^the host is loopback, .* 172\.17\.0\.1/);
      expect(says).not.toMatch(/password|5001/);
    }
  });

  it("are taken when loopback is a part of a name, of a path or of a setting that nothing connects to", () => {
    const config = {
      global: { smtp_hello: "localhost", smtp_smarthost: "localhost.example.com:25" },
      ...receivers(
        {
          webhook_configs: [
            { url: "https://chat.example.com/127.0.0.1/localhost" },
            { url: "http://127.example.com" },
          ],
        },
        { pushover_configs: [{ url: "http://localhost/" }] },
      ),
    };
    expect(receiverAddressProblems(config)).toEqual([]);
  });
});
