import { makeToolsPresent } from "./tools";

/** Before the first test: the real programs that check our goldens. */
export default makeToolsPresent;
