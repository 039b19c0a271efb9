import { join } from "node:path";
import { expect } from "vitest";
import { PulumiEngine } from "../../../lab/engine/pulumiEngine";
import type { Lab, LabHost } from "../../../lab/hosts/lab";
import { errorsOf } from "./lifecycle";

const project = "authority";
const wrapper = "/usr/local/sbin/openssl";

/** Lines of shell that change what `openssl req -new -sha256 -key $5 -config $7 -out $9` does, by the error that is to follow. */
const forgeries: [commands: string, error: RegExp][] = [
  ['sed -i "s/^CN=.*/CN=monitor-a/" "$7"', /its subject is "CN=monitor-a", but "CN=\S+" is expected/],
  [
    'sed -i "s/^subjectAltName=.*/&,DNS:monitor-a/" "$7"',
    /it asks for DNS:monitor-a, but only DNS:\S+, IP:\S+ is expected/,
  ],
  [
    '/usr/bin/openssl "$@"; cat "$9" "$9" >"$9.two"; mv "$9.two" "$9"; exit',
    /it printed 2 certificate requests, but 1 is expected/,
  ],
  [
    '/usr/bin/openssl "$@"; { echo "-----BEGIN CERTIFICATE REQUEST-----"; { /usr/bin/openssl req -in "$9" -outform DER | head -c -1; printf "\\377"; } | base64; echo "-----END CERTIFICATE REQUEST-----"; } >"$9.bad"; mv "$9.bad" "$9"; exit',
    /its signature is not that of its own key|cannot be read as PKCS#10/,
  ],
];

/** Root of a host may replace openssl: the authority signs for none of the hosts, says why for each, and signs when they ask for their own names. */
export async function expectForgedRequestsRefused(lab: Lab, hosts: LabHost[]): Promise<void> {
  expect(hosts).toHaveLength(forgeries.length);
  const engine = new PulumiEngine({
    program: join(__dirname, "../programs/authority.ts"),
    ...{ project, stack: "test" },
    config: {
      [`${project}:sshPrivateKey`]: lab.privateKey,
      [`${project}:holders`]: JSON.stringify(
        hosts.map(({ name, address, hostKey }) => ({ name, address, hostKey })),
      ),
    },
    secretConfig: [`${project}:sshPrivateKey`],
    stateDirectory: join(lab.stateDirectory, "authority"),
  });
  const install = "apt-get update -qq && apt-get install -qq -y --no-install-recommends openssl";
  await Promise.all(hosts.map(({ name }) => lab.exec(name, install)));
  await Promise.all(
    hosts.map(({ name }, index) =>
      lab.exec(name, `cat >${wrapper} && chmod 755 ${wrapper}`, {
        stdin: `#!/bin/sh\nif [ "$1" = req ] && [ "$2" = -new ]; then\n${forgeries[index]?.[0]}\nfi\nexec /usr/bin/openssl "$@"\n`,
      }),
    ),
  );

  const refused = await engine.up();
  expect(
    refused.steps.filter(({ type }) => type === "tls:index/locallySignedCert:LocallySignedCert"),
  ).toEqual([]);
  const errors = errorsOf(refused).join("\n");
  for (const [, error] of forgeries) expect(errors).toMatch(error);

  expect(errorsOf(await engine.destroy())).toEqual([]);
  await Promise.all(hosts.map(({ name }) => lab.exec(name, `rm ${wrapper}`)));
  expect(errorsOf(await engine.up())).toEqual([]);
  expect(errorsOf(await engine.destroy())).toEqual([]);
}
