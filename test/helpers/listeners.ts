import * as fs from "fs";

/** Ids of the processes whose command line names a file in a folder. */
export function processIds(folder: string): number[] {
  return fs
    .readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && commandLine(pid).includes(`${folder}/`));
}

/** Command line of a process, with NUL between its arguments; empty if there is no such process. */
export function commandLine(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** State of a socket that listens: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html. */
const listening = "0A";

/** Addresses that some processes listen on. IPv6 addresses are hexadecimal. */
export function listeningAddresses(pids: number[]): string[] {
  const sockets = new Set(pids.flatMap(openSockets));
  return ["tcp", "tcp6"]
    .flatMap((table) => fs.readFileSync(`/proc/net/${table}`, "utf8").split("\n"))
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === listening && sockets.has(columns[9]))
    .map((columns) => columns[1].split(":")[0])
    .map((hex) => (hex.length === 8 ? [...Buffer.from(hex, "hex")].reverse().join(".") : hex));
}

/** Inodes of the sockets that a process has open. */
function openSockets(pid: number): string[] {
  return fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      // It was closed in the meantime.
      return [];
    }
  });
}
