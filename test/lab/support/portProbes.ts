import type { HostReference, Lab } from "../../../lab/hosts/lab";
import { untilListening } from "../../../lab/hosts/listening";
import { slowness } from "../../../lab/polling";

/** Has services say something back on each port, on both families, also after a reboot. */
export async function answerOn(
  lab: Lab,
  host: HostReference,
  ports: Record<"tcp" | "udp", number[]>,
): Promise<void> {
  const unit = (listen: string) =>
    `[Service]\nExecStart=/usr/bin/socat -T 3 ${listen},fork EXEC:/bin/cat\n[Install]\nWantedBy=multi-user.target\n`;
  const put = (path: string, stdin: string) => lab.exec(host, `cat >${path}`, { stdin });
  await put("/etc/systemd/system/answer-tcp@.service", unit("TCP6-LISTEN:%i,ipv6only=0,backlog=128"));
  // Not UDP6-LISTEN, which loses what two send at a time.
  await put("/etc/systemd/system/answer-udp@.service", unit("UDP6-RECVFROM:%i,ipv6only=0"));
  const units = Object.entries(ports).flatMap(([protocol, numbers]) =>
    numbers.map((port) => `answer-${protocol}@${port}`),
  );
  await lab.exec(
    host,
    `apt-get -qq update && apt-get -qq -y install socat && systemctl enable --now ${units.join(" ")}`,
  );
  for (const protocol of ["tcp", "udp"] as const)
    for (const port of ports[protocol]) await untilListening(lab, host, port, protocol);
}

/** What of the ports answers at an address, as `tcp 22`, in the order of the words. Those of UDP must answer to whatever they get. */
export async function openPorts(
  lab: Lab,
  from: HostReference,
  address: string,
  ports: Record<"tcp" | "udp", number[]>,
): Promise<string[]> {
  const tcp = (port: number) => `</dev/tcp/${address}/${port}`;
  const udp = (port: number) => `exec 3<>/dev/udp/${address}/${port}; echo >&3; read -r <&3`;
  const probes = [
    ...ports.tcp.map((port) => [`tcp ${port}`, tcp(port)] as const),
    ...ports.udp.map((port) => [`udp ${port}`, udp(port)] as const),
  ].map(([name, probe]) => `(timeout ${secondsToAnswer(3)} bash -c '${probe}' 2>/dev/null && echo ${name})`);
  const { stdout } = await lab.exec(from, `${probes.join(" & ")} & wait`);
  return stdout.split("\n").filter(Boolean).sort();
}

/** How long a port that is open may take, given what it may on an idle machine. */
function secondsToAnswer(idle: number): number {
  return Math.ceil(idle * slowness());
}

/** What a watch over a port has seen. */
export interface PortHistory {
  /** How often it was found open. */
  open: number;
  /** How often it was found shut. */
  shut: number;
  /** Seconds from the begin of the first attempt that met it shut to the end of the last one. */
  shutFor: number;
}

/**
 * Tries a TCP port again and again while something is done, and tells what was seen.
 *
 * @param options.patient for a port that must be open all the time: an attempt may take long, as on a busy machine, and has met a shut port
 * when its first packet had to be sent again.
 */
export async function watchPort(
  lab: Lab,
  from: HostReference,
  address: string,
  port: number,
  meanwhile: () => Promise<void>,
  { patient = false }: { patient?: boolean } = {},
): Promise<PortHistory> {
  const stopFile = `/tmp/stop-watching-${address}-${port}`;
  const attempt = patient
    ? patientAttempt(address, port)
    : `timeout ${secondsToAnswer(1)} bash -c '</dev/tcp/${address}/${port}' 2>/dev/null`;
  await lab.exec(from, `rm -f ${stopFile}`);
  const watching = lab.exec(
    from,
    `until [ -e ${stopFile} ]; do begun=$(date +%s%3N); ${attempt} && end=open || end=shut; echo "$end $begun $(date +%s%3N)"; sleep 0.1; done`,
  );
  try {
    await meanwhile();
  } finally {
    await lab.exec(from, `touch ${stopFile}`);
    await watching;
  }
  const seen = (await watching).stdout
    .trim()
    .split("\n")
    .map((line) => line.split(" "))
    .map(([end, begun, ended]) => ({ end, begun: Number(begun), ended: Number(ended) }));
  const shut = seen.filter(({ end }) => end === "shut");
  // An attempt that waited for a retransmission of its SYN has met a shut port, too.
  const delayed = seen.filter(({ end, begun, ended }) => end === "shut" || (!patient && ended - begun > 900));
  const shutFor = delayed.length === 0 ? 0 : ((delayed.at(-1)?.ended ?? 0) - (delayed[0]?.begun ?? 0)) / 1000;
  return { open: seen.length - shut.length, shut: shut.length, shutFor };
}

/** Connects, and fails where a packet had to be sent again: TCP_INFO of Linux has at 100 how many. */
function patientAttempt(address: string, port: number): string {
  const script = `my $s; socket($s, PF_INET, SOCK_STREAM, 0) && connect($s, sockaddr_in(${port}, inet_aton("${address}"))) or exit 1; exit(unpack("x100 L", getsockopt($s, 6, 11)) > 0)`;
  return `timeout 60 perl -MSocket -e '${script}'`;
}
