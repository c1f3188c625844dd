/** Factors of the suffixes, from k8s.io/apimachinery/pkg/api/resource/suffix.go. */
const factors: Record<string, number> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/**
 * The number that a Kubernetes quantity stands for (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
 *
 * @param quantity Such as `256Mi`, `1.5G`, `1e9` or a plain number.
 * @returns For memory, the number of bytes.
 * @throws {Error} If it is not a quantity.
 */
export function quantityValue(quantity: string | number): number {
  const [, number, exponent, suffix = ""] =
    /^([-+]?(?:\d+\.?\d*|\.\d+))(?:([eE][-+]?\d+)|([A-Za-z]{0,2}))$/.exec(String(quantity)) ?? [];
  if (number === undefined || !Object.hasOwn(factors, suffix)) {
    throw new Error(`${JSON.stringify(quantity)} is not a Kubernetes quantity`);
  }
  return Number(number + (exponent ?? "")) * factors[suffix];
}
