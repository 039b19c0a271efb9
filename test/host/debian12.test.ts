import { describeHost } from "./describeHost";

describeHost("debian12");
