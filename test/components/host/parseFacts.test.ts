import { describe, expect, it } from "vitest";
import { parseFacts } from "../../../components/host/facts";

const request = (content: string) =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${content}\n-----END CERTIFICATE REQUEST-----\n`;

describe("the facts that a bundle prints", () => {
  it("are the ids of users and the certificate requests, in order", () => {
    expect(parseFacts(`user a 991 992\n${request("one")}user b-c 0 1\n${request("two")}`)).toEqual({
      users: { a: { uid: 991, gid: 992 }, "b-c": { uid: 0, gid: 1 } },
      certificateRequests: [request("one"), request("two")],
      wireGuardPublicKeys: {},
    });
  });

  it("are the public keys of WireGuard, by the path of the private one", () => {
    const publicKey = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";
    expect(parseFacts(`wireguard /etc/a/private.key ${publicKey}\nwireguard /etc/b\n`)).toEqual({
      users: {},
      certificateRequests: [],
      wireGuardPublicKeys: { "/etc/a/private.key": publicKey },
    });
  });

  it("are none when nothing was printed", () => {
    expect(parseFacts("")).toEqual({ users: {}, certificateRequests: [], wireGuardPublicKeys: {} });
  });

  it("are never read out of anything else on a line", () => {
    expect(parseFacts("a user b 1 2\nuser c 1\nuser d 1 2 3\n").users).toEqual({});
  });
});
