import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import { buildLayer } from "../../sandbox/node/layers";
import { layersFolder } from "../../sandbox/node/nodeTools";

/** The layers of images. */
export function layers(): void {
  describe("a layer of an image", () => {
    const name = "of-a-test";
    const files = () => fs.readdirSync(layersFolder).filter((file) => file.startsWith(`${name}-`));
    const fill = (folder: string) => fs.promises.writeFile(path.join(folder, "file"), "content");
    const build = (input: string) => buildLayer(name, [input], fill, new AbortController().signal);

    afterEach(() => files().forEach((file) => fs.rmSync(path.join(layersFolder, file))));

    it("leaves no file when building it is interrupted, and can be built again", async () => {
      const interrupt = new AbortController();
      const fillAndInterrupt = async (folder: string) => {
        await fill(folder);
        interrupt.abort();
      };
      await assert.rejects(buildLayer(name, ["content"], fillAndInterrupt, interrupt.signal));
      assert.deepEqual(files(), []);
      assert.ok(fs.existsSync((await build("content")).file));
    });

    it("is removed once three others of its name were used since", async () => {
      const built: string[] = [];
      for (const input of ["first", "second", "third", "first", "fourth"]) {
        built.push((await build(input)).file);
        // The layers are ordered by the time of their files, in milliseconds.
        await sleep(20);
      }
      const [first, second, third, , fourth] = built;
      assert.deepEqual(files().sort(), [first, third, fourth].map((file) => path.basename(file)).sort());
      assert.ok(!fs.existsSync(second));
    });
  });
}
