import * as k8s from "@kubernetes/client-node";
import { Manifest } from "../checks/manifestFaults";

/**
 * A client that sends and returns objects as they are. The library's client converts them to its models, which rename
 * fields (`from` of a NetworkPolicy is lost) and drop fields that are newer than the library.
 */
export class ObjectApi extends k8s.KubernetesObjectApi {
  /** The object in the cluster; undefined if it or its kind does not exist there. */
  async find(object: Manifest): Promise<Manifest | undefined> {
    try {
      return await this.send(await this.specUriPath(object, "read"), k8s.HttpMethod.GET);
    } catch (error) {
      const isMissing = error instanceof k8s.ApiException && error.code === 404;
      if (isMissing || (error as Error).message.startsWith("Unrecognized API version and kind")) {
        return undefined;
      }
      throw error;
    }
  }

  /** Whether the cluster has a kind of an API version, such as `apps/v1`. */
  async hasKind(apiVersion: string, kind: string): Promise<boolean> {
    try {
      return (await this.resource(apiVersion, kind)) !== undefined;
    } catch (error) {
      if (error instanceof k8s.ApiException && error.code === 404) {
        return false;
      }
      throw error;
    }
  }

  /**
   * Asks the API server what would come of creating an object. Nothing changes.
   *
   * @throws {k8s.ApiException} If it would refuse the object, or already has one of this name (409, after it has checked
   *   the manifest).
   */
  async dryRunCreate(manifest: Manifest): Promise<void> {
    await this.send(await this.specUriPath(manifest, "create"), k8s.HttpMethod.POST, (request) =>
      dryRun(request, "application/json", manifest),
    );
  }

  /**
   * Asks the API server what would come of changing an object. Nothing changes.
   *
   * @param object Names the object.
   * @param patch JSON merge patch (RFC 7386).
   * @throws {k8s.ApiException} If it would refuse the change.
   */
  async dryRunPatch(object: Manifest, patch: object): Promise<void> {
    await this.send(await this.specUriPath(object, "patch"), k8s.HttpMethod.PATCH, (request) =>
      dryRun(request, k8s.PatchStrategy.MergePatch, patch),
    );
  }

  /**
   * Applies a manifest server-side, which keeps the fields that others have set on the object.
   *
   * @param dryRun "All" changes nothing.
   * @returns What the object is now; with `dryRun`, what it would be.
   */
  async apply(manifest: Manifest, fieldManager: string, dryRun?: "All"): Promise<Manifest> {
    return this.send(await this.specUriPath(manifest, "patch"), k8s.HttpMethod.PATCH, (request) => {
      if (dryRun) {
        request.setQueryParam("dryRun", dryRun);
      }
      request.setQueryParam("fieldManager", fieldManager);
      request.setQueryParam("force", "true");
      request.setHeaderParam("Content-Type", k8s.PatchStrategy.ServerSideApply);
      request.setBody(JSON.stringify(manifest));
    });
  }

  private send(
    path: string,
    method: k8s.HttpMethod,
    prepare?: (request: k8s.RequestContext) => void,
  ): Promise<Manifest> {
    const request = this.configuration.baseServer.makeRequestContext(path, method);
    prepare?.(request);
    return this.requestPromise(request) as Promise<unknown> as Promise<Manifest>;
  }

  protected override async processResponse<T extends k8s.KubernetesObject>(
    response: k8s.ResponseContext,
    type?: string,
  ): Promise<T> {
    const isSuccess = response.httpStatusCode >= 200 && response.httpStatusCode <= 299;
    return isSuccess && type === undefined
      ? (JSON.parse(await response.body.text()) as T)
      : super.processResponse(response, type);
  }
}

function dryRun(request: k8s.RequestContext, contentType: string, body: object): void {
  request.setQueryParam("dryRun", "All");
  request.setHeaderParam("Content-Type", contentType);
  request.setBody(JSON.stringify(body));
}
