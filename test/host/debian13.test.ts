import { describeHost } from "./describeHost";

describeHost("debian13", 0.3);
