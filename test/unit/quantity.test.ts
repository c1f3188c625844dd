import assert from "node:assert/strict";
import { quantityValue } from "../../components/quantity";

describe("A Kubernetes quantity", () => {
  const values: [quantity: string | number, value: number][] = [
    ["0", 0],
    ["1500", 1500],
    ["-1.5", -1.5],
    ["+.5", 0.5],
    ["2.", 2],
    [128, 128],
    [0.5, 0.5],
    ["1e3", 1000],
    ["1.5E2", 150],
    ["5e-1", 0.5],
    ["5n", 5e-9],
    ["5u", 5e-6],
    ["500m", 0.5],
    ["2k", 2000],
    ["2M", 2e6],
    ["1.5G", 1.5e9],
    ["2T", 2e12],
    ["2P", 2e15],
    ["2E", 2e18],
    ["1Ki", 1024],
    ["256Mi", 268435456],
    ["0.5Gi", 536870912],
    ["1Ti", 1024 ** 4],
    ["1Pi", 1024 ** 5],
    ["1Ei", 1024 ** 6],
  ];
  for (const [quantity, value] of values) {
    it(`${JSON.stringify(quantity)} is ${value}`, () => {
      const found = quantityValue(quantity);
      assert.ok(Math.abs(found - value) <= Math.abs(value) * 1e-12, String(found));
    });
  }

  for (const text of ["", "Mi", "256MB", "256mi", "1 Gi", "1e", "1e3Mi", "1,5", "0x10", "toString"]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.throws(() => quantityValue(text), { message: `${JSON.stringify(text)} is not a Kubernetes quantity` });
    });
  }
});
