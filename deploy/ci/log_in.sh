#!/usr/bin/env bash
# Lets a CI's job into the cluster: writes the file that KUBECONFIG or ~/.kube/config names.
#
#   KUBECONFIG_TEXT    the file itself, of a service account that may do no more than install the chart
#   or, for AKS, AZURE_CLUSTER (RESOURCE GROUP/NAME) with AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID,
#   and a token of the forge in place of a secret: GitLab's AZURE_TOKEN, GitHub's ACTIONS_ID_TOKEN_REQUEST_URL.
set -euo pipefail
file=${KUBECONFIG:-$HOME/.kube/config}
mkdir -p "$(dirname "$file")"
umask 077
if [ -n "${KUBECONFIG_TEXT:-}" ]; then
    echo "$KUBECONFIG_TEXT" > "$file"
    exit 0
fi
[[ "${AZURE_CLUSTER:?KUBECONFIG_TEXT, or AZURE_CLUSTER}" =~ ^[^/]+/[^/]+$ ]] \
    || { echo "AZURE_CLUSTER is not RESOURCE GROUP/NAME: $AZURE_CLUSTER" >&2; exit 2; }
: "${AZURE_CLIENT_ID:?}" "${AZURE_TENANT_ID:?}" "${AZURE_SUBSCRIPTION_ID:?}"
token=${AZURE_TOKEN:-}
if [ -z "$token" ]; then
    token=$(curl --silent --show-error --fail \
        --header "Authorization: bearer ${ACTIONS_ID_TOKEN_REQUEST_TOKEN:?the job needs the permission id-token: write}" \
        "${ACTIONS_ID_TOKEN_REQUEST_URL:?}&audience=api://AzureADTokenExchange" \
        | sed -n 's/.*"value" *: *"\([^"]*\)".*/\1/p')
fi
az login --service-principal --username "$AZURE_CLIENT_ID" --tenant "$AZURE_TENANT_ID" --federated-token "$token" \
    --output none
az account set --subscription "$AZURE_SUBSCRIPTION_ID"
az aks get-credentials --resource-group "${AZURE_CLUSTER%%/*}" --name "${AZURE_CLUSTER#*/}" --file "$file" --overwrite-existing
kubelogin convert-kubeconfig --login azurecli --kubeconfig "$file"
