/** A test that attacks a guarantee of the README: its file, and the beginning of its title there. */
export type Attack = [file: string, title: string];

const lab = (name: string, ...titles: string[]) =>
  titles.map((title): Attack => [`test/lab/${name}.ts`, title]);
const host = (name: string, ...titles: string[]) =>
  titles.map((title): Attack => [`test/host/${name}.ts`, title]);

/** For each guarantee of the README, by the beginning of its line, the tests that attack it. */
export const guarantees: Record<string, Attack[]> = {
  "Only a named peer speaks": lab(
    "certificates",
    "refused, without one byte handed on",
    "not to a server with a certificate of another authority for the right name",
    "not to a server whose certificate has expired",
  ),
  "An alert fires at both Prometheis": lab(
    "delivery.test",
    "an alert fires at both Prometheis",
    "silenced at one Alertmanager, it stays silent at both",
  ),
  "With one monitor gone": lab("delivery.test", "with one monitor gone, the other one delivers alone"),
  "5,000 connections of a neighbour": lab("delivery.test", "with 5,000 connections of a neighbour"),
  "From outside, a machine shows SSH": [
    ...lab(
      "delivery.test",
      "a neighbour finds SSH open and the two gossip ports",
      "a target reaches nothing of another target",
    ),
    ...lab("firewall.test", "deny leaves open exactly SSH and the rules"),
  ],
  "What is in the way on a host": [
    ...host(
      "preflight",
      "all findings are reported at once",
      "says which chain of nftables drops what is needed",
    ),
    ...lab(
      "badInput.test",
      "a port that somebody else has, and that a user with sudo may not use Docker, are reported before",
    ),
  ],
  "One more target touches": [
    ...lab("delivery.test", "one target more touches that target"),
    ...lab("wireguard.test", "a stream through another tunnel loses nothing"),
  ],
  "Firewall rules that shut SSH out": lab(
    "firewall.test",
    "the very first rules shut SSH",
    "a restart of Docker keeps the rules",
    "on the overlay a source reaches what it may and nothing else; beside ufw",
    "a reboot keeps the rules",
  ),
  "A download that is wrong": [
    ...lab("prometheus.test", "a download that fails touches nothing"),
    ...host("unprivileged", "checks the configuration as Prometheus' user, who gains nothing"),
  ],
  "A target that answers with a gzip bomb": lab("prometheus.test", "a target that answers with a gzip bomb"),
  "No web page of another origin": [
    ...lab("alertmanager.test", "no web page of another origin may use the API"),
    ...lab("prometheus.test", "no web page of another origin may read what it measures"),
  ],
  "No user of a host can send": host(
    "upgrading",
    "starts before the address is there, and no user can send",
    "leaves its port to nobody else while it is stopped",
  ),
  "Errors show no value": host(
    "secrets",
    "is quoted by no error, whoever says it",
    "is hidden word by word where a service may read it",
  ),
  "Everything reboots at once": [
    ...lab("delivery.test", "everything reboots at once"),
    ...lab("wireguard.test", "when all machines reboot at once"),
  ],
  "Datagrams and streams both cross": lab(
    "gossip.test",
    "silences cross each way",
    "with the datagram port of one monitor blocked",
  ),
  "A container (also by": lab(
    "faults",
    "its container, killed with signal 9",
    "its container, ended by `docker kill`",
    "HAProxy, killed with signal 9",
    "Docker, restarted",
    "the host, switched off without warning",
  ),
  "A changed configuration is checked": lab(
    "lifecycle.test",
    "an up with another group_wait reloads",
    "a configuration that only amtool refuses",
  ),
  "One monitor at a time": [
    ...lab("lifecycle.test", "a configuration that only amtool refuses"),
    ["test/components/stack/monitoringStack.test.ts", "stops at a monitor that fails"],
  ],
  "`up` is green only if": [
    ...lab("delivery.test", "a target whose own firewall drops the scrapes fails the run"),
    ...lab("gossip.test", "with one more entry in the list it is a cluster of two"),
  ],
  "Without its interface, address or routes": lab(
    "wireguard.test",
    "without its interface, no packet to the overlay leaves a host",
    "addresses, rules and routes that somebody deleted come back",
  ),
  "A host gets a certificate for its own name only": [
    ...lab("badInput.test", "a host that asks for another's name, more names, two certificates"),
    ...lab("certificates", "refused, logged and counted"),
  ],
  "Nothing changed: no SSH connection": lab("lifecycle.test", "a second up changes nothing and opens no SSH"),
  "A droplet is known before the first connection": lab(
    "droplets.test",
    "comes up from nothing: droplets in their regions",
    "refuses to replace a droplet that is protected",
    "replaces one that is not",
  ),
  "The keys that a droplet's user data brings": lab(
    "firstLogin.test",
    "%s: the first login key logs in as nobody afterwards",
    "%s: sshd offers the host's own key only",
  ),
  "The cloud's firewall lets in": [
    [
      "test/templates/firewall/cloudFirewall.test.ts",
      "let in from outside exactly what the host's own firewall does",
    ],
    ...lab("droplets.test", "shows the outside SSH and gossip, and the cloud's firewall lets in"),
  ],
  "What `render` writes": [
    ["test/render/equivalence.test.ts", "what is rendered is what Pulumi would be told"],
  ],
  "A text in an argument is refused": [
    ["test/render/hostileStrings.test.ts", "they are refused where they stand, or accepted"],
    ["test/render/hostileStrings.test.ts", "what is accepted in the stack %s stays a text"],
  ],
  "`preview` shows the line": lab("lifecycle.test", "a preview of another group_wait shows that one line"),
  "A lost monitor, and a lost state": lab(
    "docs.test",
    "restore: a monitor that was lost is set up again",
    "restore: a stack that has lost its state",
  ),
  "Private keys of monitors": lab("certificates", "no private key of a monitor is in the state"),
  "A receiver's secret": lab(
    "alertmanager.test",
    "each secret is in a file that the container's user alone may read",
    "another secret is used for the next notification, and no process ends",
  ),
  "Interrupted anywhere": host(
    "interrupting",
    "while it applies a new version: the next run converges",
    "while it applies the first version, or removes it",
    "by a power cut",
  ),
  "Pulumi killed at any bundle": lab(
    "killed.test",
    "a first deployment converges by one plain up",
    "a later deployment converges by one plain up",
    "destroy converges by one plain destroy",
  ),
  "`destroy` leaves a machine": lab(
    "lifecycle.test",
    "all the time, the HAProxy that was there before ran on untouched",
    "destroy leaves the hosts as they were",
  ),
  "Every unit of ours": lab("delivery.test", "every service of ours, on a monitor and on targets"),
};
