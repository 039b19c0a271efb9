/** Programs that go wrong, each in its own way: `how` says which. */
import * as pulumi from "@pulumi/pulumi";

class Bucket extends pulumi.CustomResource {}

const how = new pulumi.Config().require("how");
const group = new pulumi.ComponentResource("test:index:Group", "group", {});

if (how === "throws") throw new Error("thrown on purpose");
if (how === "rejects") void Promise.reject(new Error("rejected on purpose"));
if (how === "runError") throw new pulumi.RunError("a run error on purpose");
if (how === "resourceError") throw new pulumi.ResourceError("a resource error on purpose", group, true);
if (how === "unknownType") new Bucket("aws:s3/bucket:Bucket", "bucket", {});
if (how === "exits") process.exit(7);

export const never = "reached";
