import * as os from "os";

/** The machine, as far as it says anything about the figures. */
export function machine(): string {
  const [{ model }] = os.cpus();
  const gibibytes = Math.round(os.totalmem() / 2 ** 30);
  return `${os.cpus().length} cores (${model.trim()}), ${gibibytes} GiB, ${os.type()} ${os.release()}, Node ${process.version}`;
}
