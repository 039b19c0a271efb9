import { describeHost } from "./describeHost";

describeHost("debian13");
