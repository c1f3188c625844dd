import * as crypto from "crypto";

/** Hexadecimal SHA-256 of a text. */
export function digestOf(text: string): string {
  return crypto.createHash("sha256").update(text).digest("hex");
}
