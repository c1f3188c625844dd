import * as k8s from "@kubernetes/client-node";
import { Manifest } from "../../components/checks/manifestFaults";

/**
 * A client that sends and returns objects as they are written. The library's own goes through models, which rename
 * fields (a NetworkPolicy's `from` is lost) and leave out those that are newer than they are.
 */
export class ObjectApi extends k8s.KubernetesObjectApi {
  /** The object as it is in the cluster; undefined if it or its kind is not there. */
  async find(object: Manifest): Promise<Manifest | undefined> {
    try {
      return await this.send(k8s.HttpMethod.GET, await this.specUriPath(object, "read"));
    } catch (error) {
      const isMissing = error instanceof k8s.ApiException && error.code === 404;
      if (isMissing || (error as Error).message.startsWith("Unrecognized API version and kind")) {
        return undefined;
      }
      throw error;
    }
  }

  /** What the object would be if its manifest were applied; nothing is changed. */
  async dryRunApply(manifest: Manifest, fieldManager: string): Promise<Manifest> {
    const query = { dryRun: "All", fieldManager, force: "true" };
    return this.send(k8s.HttpMethod.PATCH, await this.specUriPath(manifest, "patch"), query, manifest);
  }

  /** What the object would be if it were made; nothing is changed. */
  async dryRunCreate(manifest: Manifest): Promise<Manifest> {
    return this.send(k8s.HttpMethod.POST, await this.specUriPath(manifest, "create"), { dryRun: "All" }, manifest);
  }

  private send(
    method: k8s.HttpMethod,
    path: string,
    query: Record<string, string> = {},
    body?: Manifest,
  ): Promise<Manifest> {
    const request = this.configuration.baseServer.makeRequestContext(path, method);
    for (const [name, value] of Object.entries(query)) {
      request.setQueryParam(name, value);
    }
    if (body) {
      const isPatch = method === k8s.HttpMethod.PATCH;
      request.setHeaderParam("Content-Type", isPatch ? k8s.PatchStrategy.ServerSideApply : "application/json");
      request.setBody(JSON.stringify(body));
    }
    return this.requestPromise(request) as Promise<unknown> as Promise<Manifest>;
  }

  protected override async processResponse<T extends k8s.KubernetesObject>(
    response: k8s.ResponseContext,
    type?: string,
  ): Promise<T> {
    const isAnswer = response.httpStatusCode >= 200 && response.httpStatusCode <= 299;
    return isAnswer && type === undefined
      ? (JSON.parse(await response.body.text()) as T)
      : super.processResponse(response, type);
  }
}
