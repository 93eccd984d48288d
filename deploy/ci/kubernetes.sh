#!/usr/bin/env bash
# Installs or upgrades the Helm release with the image of one commit. KUBECONFIG says which cluster.
#
#   REGISTRY     where the image was pushed to
#   REVISION     the commit; the image's tag
#   NAMESPACE    of the release; it is there already
#   VALUES       files of values, by spaces: deploy/helm/examples/azure.yaml values.json
#   RELEASE      medallion, where nothing else is said
#
# The chart is that of the checkout. Where the pods are not ready after 15 minutes the release of before comes
# back, and this ends with 1: with what the pods say first.
set -euo pipefail
[[ "${REVISION:?}" =~ ^[0-9a-f]{40}$ ]] || { echo "REVISION is not a commit: $REVISION" >&2; exit 2; }
registry=$(echo "${REGISTRY:?}" | tr '[:upper:]' '[:lower:]')
[[ "$registry" =~ ^[a-z0-9.:/_-]+$ ]] || { echo "REGISTRY is not a name of images: $registry" >&2; exit 2; }
namespace=${NAMESPACE:?} release=${RELEASE:-medallion}
for name in "$namespace" "$release"; do
    [[ "$name" =~ ^[a-z0-9]([a-z0-9-]*[a-z0-9])?$ ]] || { echo "not a name in Kubernetes: $name" >&2; exit 2; }
done

words=(upgrade "$release" "$(dirname "$0")/../helm/medallion" --install --namespace "$namespace")
read -ra files <<< "${VALUES:?the files of values}"
for file in "${files[@]}"; do
    [ -f "$file" ] || { echo "there is no file of values $file" >&2; exit 2; }
    words+=(--values "$file")
done
# A digest in the values would go first: the commit is what is meant.
words+=(--set-string "image.repository=$registry/medallion" --set-string "image.tag=$REVISION" --set-string image.digest=)

# The last one that ran: a deployment before this one may have failed, too.
before=$(helm history "$release" --namespace "$namespace" --output json 2>/dev/null \
    | grep -o '{[^}]*}' | grep '"status":"deployed"' | tail -1 | sed -n 's/.*"revision":\([0-9]*\).*/\1/p' || true)
if helm "${words[@]}" --wait --timeout 15m; then
    echo "$registry/medallion:$REVISION runs in $namespace"
    exit 0
fi
echo "$registry/medallion:$REVISION does not run. What there is:" >&2
kubectl --namespace "$namespace" get pods --selector "app.kubernetes.io/instance=$release" >&2 || true
kubectl --namespace "$namespace" logs --container doctor --tail 50 --prefix \
    --selector "app.kubernetes.io/instance=$release,app.kubernetes.io/component=scheduler" >&2 || true
if [ -n "$before" ]; then
    echo "Back to revision $before." >&2
    helm rollback "$release" "$before" --namespace "$namespace" --wait --timeout 15m >&2 \
        || echo "That one does not run either." >&2
fi
exit 1
