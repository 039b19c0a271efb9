import { describe, expect, it } from "vitest";
import { parseFacts } from "../../components/host/bundle";

const request = (content: string) =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${content}\n-----END CERTIFICATE REQUEST-----\n`;

describe("the facts that a bundle prints", () => {
  it("are the ids of users and the certificate requests, in order", () => {
    expect(parseFacts(`user a 991 992\n${request("one")}user b-c 0 1\n${request("two")}`)).toEqual({
      users: { a: { uid: 991, gid: 992 }, "b-c": { uid: 0, gid: 1 } },
      certificateRequests: [request("one"), request("two")],
    });
  });

  it("are none when nothing was printed", () => {
    expect(parseFacts("")).toEqual({ users: {}, certificateRequests: [] });
  });

  it("are never read out of anything else on a line", () => {
    expect(parseFacts("a user b 1 2\nuser c 1\nuser d 1 2 3\n").users).toEqual({});
  });
});
