#!/usr/bin/env bash
# Writes the kubeconfig of the cluster that the variables name, or else the text of one, for the job's later steps.
set -euo pipefail
umask 077
export KUBECONFIG=$RUNNER_TEMP/kubeconfig

if [ -n "$EKS_CLUSTER" ]; then
  aws eks update-kubeconfig --name "$EKS_CLUSTER"
elif [ -n "$GKE_KUBECONFIG" ]; then
  mv "$GKE_KUBECONFIG" "$KUBECONFIG"
elif [ -n "$AKS_CLUSTER" ]; then
  az aks get-credentials --resource-group "$AKS_RESOURCE_GROUP" --name "$AKS_CLUSTER" --file "$KUBECONFIG"
  # The id of AKS in every Entra tenant: https://azure.github.io/kubelogin/concepts/aks.html
  token=$(az account get-access-token --resource 6dae42f8-4368-4678-94ff-3960e28e3630 --query accessToken --output tsv)
  echo "::add-mask::$token"
  kubectl config set-credentials github --token="$token"
  kubectl config set-context --current --user=github
elif [ -n "$TEXT" ]; then
  printf '%s\n' "$TEXT" >"$KUBECONFIG"
else
  echo "::error::The environment of this job names no cluster and has no secret KUBECONFIG: docs/github.md lists what it needs."
  exit 1
fi
echo "KUBECONFIG=$KUBECONFIG" >>"$GITHUB_ENV"
