import { describeHost } from "./describeHost";

describeHost("debian12", 0.8);
