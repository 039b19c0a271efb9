import type { InputSchema } from "../inputSchema";

/** Of a container: the inputs that this project's components use. */
export const containerSchema: InputSchema = {
  replacing: [
    ...["name", "image", "command", "envs", "user", "hostname", "mounts", "networksAdvanced", "readOnly"],
    ...["capabilities", "securityOpts", "logDriver"],
  ],
  updating: ["restart", "memory", "memorySwap", "mustRun", "destroyGraceSeconds", "healthcheck"],
  sets: ["envs", "mounts", "networksAdvanced", "capabilities", "securityOpts"],
  computed: ["command", "envs", "hostname", "securityOpts", "logDriver", "healthcheck"],
  deleteBeforeReplace: true,
  autonamed: true,
};

export const networkSchema: InputSchema = {
  replacing: ["name", "driver", "internal", "options"],
  updating: [],
  sets: [],
  computed: ["driver", "internal", "options"],
  deleteBeforeReplace: false,
  autonamed: true,
};

export const volumeSchema: InputSchema = {
  replacing: ["name", "driver"],
  updating: [],
  sets: [],
  computed: ["driver"],
  deleteBeforeReplace: false,
  autonamed: true,
};
