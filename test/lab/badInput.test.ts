import { afterAll, beforeAll, expect, test } from "vitest";
import type { LabHost } from "../../lab/hosts/lab";
import { output } from "./support/cluster";
import { describeWithEachEngine } from "./support/engines";
import { discardLab, errorsOf, monitor, sshLog, temporaryLab, TestedStack } from "./support/lifecycle";
import { inventory, inventoryChanges } from "./support/lifecycleInventory";

const unchanged = { gone: [], added: [] };

describeWithEachEngine("bad input", (engine) => {
  const lab = temporaryLab();
  const hosts: Record<string, LabHost> = {};
  const stack = new TestedStack(lab, engine, "bad-input");
  const named = (name: string) => hosts[name] as LabHost;

  beforeAll(async () => {
    const wanted = [
      { name: "monitor-a" },
      { name: "monitor-b" },
      ...["no-key", "new-key", "no-sudo", "fedora", "no-systemd"].map((name) => ({ name, flavor: "bare" as const })),
    ];
    for (const host of await lab.up(wanted)) hosts[host.name] = host;
  });

  afterAll(() => discardLab(lab));

  test("hosts", async () => {
    await lab.exec("no-key", "mv /etc/ssh/lab_authorized_keys /etc/ssh/lab_authorized_keys.away");
    await lab.exec("fedora", "rm /etc/os-release; printf 'ID=fedora\\nVERSION_ID=42\\n' >/etc/os-release");
    await lab.exec("no-systemd", "mount -t tmpfs none /run/systemd");
    const broken = ["no-key", "new-key", "no-sudo", "fedora"];
    const before = await Promise.all(broken.map((name) => inventory(lab, named(name))));
    const run = await stack.up({
      monitors: [
        { ...monitor(named("new-key")), name: "nobody", address: named("new-key").address.replace(/\d+$/, "99") },
        monitor(named("no-key")),
        monitor(named("new-key"), { hostKey: named("no-key").hostKey }),
        monitor(named("no-sudo"), { user: "nobody-special" }),
        monitor(named("fedora")),
        monitor(named("no-systemd")),
        monitor(named("monitor-a")),
      ],
    });
    console.log(errorsOf(run).join("\n=====\n"));
    for (const [i, name] of broken.entries()) console.log(name, inventoryChanges(before[i]!, await inventory(lab, named(name))));
    console.log(run.seconds, errorsOf(await stack.destroy({})));
  });
  test("running hosts", async () => {
    const stack2 = new TestedStack(lab, engine, "bad-input2");
    const before = await Promise.all(["monitor-a","monitor-b"].map((name) => inventory(lab, named(name))));
    await lab.exec("monitor-a", "systemd-run --quiet --unit squatter systemd-socket-activate --listen 9094 /bin/cat");
    await lab.exec("monitor-a", "cp /etc/docker/daemon.json /root/daemon.json; echo '{ \"exec-opts\": ' >/etc/docker/daemon.json; systemctl stop docker.socket docker");
    const run = await stack2.up({monitors: [monitor(named("monitor-a")), monitor(named("monitor-b"))], alertmanager: {image: {name: "x:1", pull: false}}});
    console.log(errorsOf(run).join("\n=====\n"));
    console.log(await output(lab, "monitor-a", "ls /var/lib/ha-monitoring/* /etc/ha-monitoring; command -v haproxy; ls /etc/systemd/system; systemctl status docker docker.socket --no-pager; ss -tlnp"));
    await lab.exec("monitor-a", "systemctl stop squatter; cp /root/daemon.json /etc/docker/daemon.json; rm /root/daemon.json;systemctl reset-failed; systemctl start docker.socket docker");
    console.log(run.seconds, errorsOf(await stack2.destroy({})));
    for (const [i, name] of ["monitor-a","monitor-b"].entries()) console.log(name, inventoryChanges(before[i]!, await inventory(lab, named(name))));
  });
  test("input", async () => {
    const stack3 = new TestedStack(lab, engine, "bad-input3");
    const log=await sshLog(lab, named("monitor-a"));
    let run = await stack3.up({ monitors: [monitor(named("monitor-a"))] });
    console.log(errorsOf(run).join("\n=====\n"));
    run = await stack3.up({ monitors: [monitor(named("monitor-a")),monitor(named("monitor-a")), {name:"Bad_Name",address:"198.51.100.1",connection:{}}], gossip:{streamPort:9093,apiPort:9093}, certificates:{lifetimeHours:10,earlyRenewalHours:20}, alerting:{config:{route:{receiver:"nobdy",routes:[{receiver:"x"}]},receivers:[{name:"nobody"}]}} });
    console.log(errorsOf(run).join("\n=====\n"));
    run = await stack3.up({ monitors: [monitor(named("monitor-a")),monitor(named("monitor-b"))], alerting:{configYaml:"route: [\nreceivers: {"} });
    console.log(errorsOf(run).join("\n=====\n"));
    expect(await sshLog(lab, named("monitor-a"))).toEqual(log);
    console.log(unchanged);
  });
});
