/** A packet that the router of a lab got from a host. */
export interface SeenPacket {
  /** Milliseconds since 1970, on the clock of this machine and of all its lab hosts. */
  time: number;
  source: string;
  destination: string;
  /** `tcp`, `udp`, `icmp`, `icmp6`, or the number of another protocol. */
  protocol: string;
  /** Of TCP and UDP. */
  sourcePort?: number;
  port?: number;
  /** The first bytes of what TCP or UDP carried, one character each; empty where there was nothing. */
  data: string;
}

const fileHeaderBytes = 24;
const packetHeaderBytes = 16;
const ethernetBytes = 14;
const littleEndianMicroseconds = 0xa1b2c3d4;
const protocolNames: Record<number, string> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6" };

/**
 * Reads a capture of Ethernet frames as tcpdump writes it; what is not IP is left out, and so is a packet that is not wholly written yet.
 *
 * @throws if it is no such capture.
 */
export function readCapture(capture: Buffer): SeenPacket[] {
  if (capture.length < fileHeaderBytes || capture.readUInt32LE(0) !== littleEndianMicroseconds)
    throw new Error("the capture does not begin with the header of a pcap file in little-endian order");
  const packets: SeenPacket[] = [];
  for (let at = fileHeaderBytes; at + packetHeaderBytes <= capture.length;) {
    const [seconds, microseconds, length] = [0, 4, 8].map((offset) => capture.readUInt32LE(at + offset));
    const begin = at + packetHeaderBytes;
    at = begin + (length as number);
    if (at > capture.length) break;
    const packet = readFrame(capture.subarray(begin, at));
    const time = (seconds as number) * 1000 + (microseconds as number) / 1000;
    if (packet) packets.push({ time, ...packet });
  }
  return packets;
}

/** A packet in one line, without the time and the port of the sender, so that those of one conversation read the same. */
export function describePacket({ source, destination, protocol, port, data }: SeenPacket): string {
  const to = port === undefined ? destination : `${destination} port ${port}`;
  const said = data.split(/[\r\n]/, 1)[0] ?? "";
  return `${protocol} ${source} -> ${to}${said === "" ? "" : `: ${JSON.stringify(said.slice(0, 80))}`}`;
}

function readFrame(frame: Buffer): Omit<SeenPacket, "time"> | undefined {
  const packet = frame.subarray(ethernetBytes);
  switch (frame.readUInt16BE(ethernetBytes - 2)) {
    case 0x0800: {
      const headerBytes = (packet.readUInt8(0) & 0x0f) * 4;
      return {
        source: packet.subarray(12, 16).join("."),
        destination: packet.subarray(16, 20).join("."),
        ...readTransport(packet.readUInt8(9), packet.subarray(headerBytes, packet.readUInt16BE(2))),
      };
    }
    case 0x86dd:
      return {
        source: formatIpv6(packet.subarray(8, 24)),
        destination: formatIpv6(packet.subarray(24, 40)),
        ...readTransport(packet.readUInt8(6), packet.subarray(40, 40 + packet.readUInt16BE(4))),
      };
    default:
      return undefined;
  }
}

function readTransport(number: number, segment: Buffer): Omit<SeenPacket, "time" | "source" | "destination"> {
  const protocol = protocolNames[number] ?? String(number);
  if (protocol !== "tcp" && protocol !== "udp") return { protocol, data: "" };
  const headerBytes = protocol === "udp" ? 8 : (segment.readUInt8(12) >> 4) * 4;
  return {
    protocol,
    sourcePort: segment.readUInt16BE(0),
    port: segment.readUInt16BE(2),
    data: segment.toString("latin1", headerBytes),
  };
}

/** As the rest of the project writes addresses: the URL standard compresses them as RFC 5952 asks for. */
function formatIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
