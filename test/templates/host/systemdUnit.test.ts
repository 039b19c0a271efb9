import { expect, it } from "vitest";
import { renderSystemdUnit } from "../../../templates/host/systemdUnit";

it.each(["a\nExecStartPre=/bin/touch /tmp/x", "a\r", "a\u0000b"])(
  "a value with a control character does not become another setting of a unit: %j",
  (value) => {
    expect(() => renderSystemdUnit({ Service: [["ExecStart", value]] })).toThrow(
      new RangeError(`ExecStart of a systemd unit: ${JSON.stringify(value)} has a control character`),
    );
  },
);
