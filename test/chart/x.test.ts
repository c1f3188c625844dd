import { deployedStacks } from "./stackValues";
it("x", async function () { this.timeout(60000); console.log(JSON.stringify(await deployedStacks(), null, 1)); });
