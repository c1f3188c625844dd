// What any program needs: the two SDK packages, and nothing else.
require("@pulumi/pulumi");
require("@pulumi/kubernetes");
process.exit();
