{{/* What values.schema.json cannot say: values that do not go together. The first one ends the rendering. */}}
{{- define "medallion.check" -}}
{{- if and (eq .Values.specs.from "git") (not .Values.specs.git.repository) -}}
{{- fail "specs.from is git, and specs.git.repository names none: https://forge.example.org/team/specs.git" -}}
{{- end -}}
{{- if and (eq .Values.specs.from "git") (regexMatch "^(ssh://|[^:/]+@)" .Values.specs.git.repository) (or (ne .Values.specs.git.credentials.kind "ssh") (not .Values.specs.git.credentials.existingSecret)) -}}
{{- fail "specs.git.repository is reached by SSH: specs.git.credentials needs kind ssh, and an existingSecret with the keys ssh and known_hosts" -}}
{{- end -}}
{{- range $name, $value := .Values.settings -}}
{{- if or (regexMatch "://[^/@]*:[^/@]+@" $value) (regexMatch "(_PASSWORD|_SECRET|_SECRET_KEY|_FERNET_KEY|_ROLES_KEY|_TOKEN|__SQL_ALCHEMY_CONN|__BROKER_URL|__RESULT_BACKEND)$|^(MEDALLION_ADMIN_URL|KEDA_DATABASE_URL)$" $name) -}}
{{- fail (printf "settings.%s is a secret, and settings are not: everybody who may read a ConfigMap sees them. Make it a key of a Secret: docs/kubernetes.md" $name) -}}
{{- end -}}
{{- if eq $name "AIRFLOW__CORE__EXECUTOR" -}}
{{- fail "settings.AIRFLOW__CORE__EXECUTOR: the value `executor` says it, as pods and rights follow from it" -}}
{{- end -}}
{{- end -}}
{{- range $name, $one := .Values.secrets -}}
{{- if and $one.existingSecret $one.secretProviderClass -}}
{{- fail (printf "secrets.%s names a Secret and a SecretProviderClass: empty the one that is not meant (existingSecret: \"\")" $name) -}}
{{- end -}}
{{- if not (or $one.existingSecret $one.secretProviderClass) -}}
{{- fail (printf "secrets.%s names neither a Secret (existingSecret) nor a class of the CSI driver (secretProviderClass)" $name) -}}
{{- end -}}
{{- end -}}
{{- if hasPrefix "file:" .Values.lake.url -}}
{{- fail "lake.url is a folder, which each pod would have for itself: name an object store, or leave it empty and take lake.volume" -}}
{{- end -}}
{{- if and .Values.lake.url (not (regexMatch "^(abfss?|s3|gs)://" .Values.lake.url)) -}}
{{- fail "lake.url is in no store that a lake is kept in: abfs://, abfss://, s3:// or gs://" -}}
{{- end -}}
{{- if and .Values.lake.url .Values.lake.volume.existingClaim -}}
{{- fail "lake.url and lake.volume.existingClaim are two lakes: name one" -}}
{{- end -}}
{{- if and .Values.redis.enabled (ne .Values.executor "CeleryExecutor") -}}
{{- fail "redis.enabled hands tasks to workers: it needs executor CeleryExecutor" -}}
{{- end -}}
{{- if and (eq .Values.executor "LocalExecutor") (gt (int .Values.scheduler.replicas) 1) -}}
{{- fail "LocalExecutor is for trials, with one scheduler: take KubernetesExecutor or CeleryExecutor for several" -}}
{{- end -}}
{{- if gt (int .Values.scheduler.replicas) 1 -}}
{{- range $name := list "lake" "plans" "logs" -}}
{{- $one := index $.Values $name -}}
{{- if and (not $one.url) (ne $one.shared false) (not $one.volume.existingClaim) (not (has "ReadWriteMany" $one.volume.accessModes)) -}}
{{- fail (printf "%s.volume.accessModes has no ReadWriteMany, and several schedulers run on several nodes: they would wait for it" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.database.ca.existingSecret .Values.database.ca.existingConfigMap -}}
{{- fail "database.ca names a Secret and a ConfigMap: name one" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not (or .Values.ingress.host .Values.ingress.supersetHost)) -}}
{{- fail "ingress.enabled needs ingress.host, under which people open Airflow" -}}
{{- end -}}
{{- if and .Values.ingress.supersetHost (not .Values.superset.enabled) -}}
{{- fail "ingress.supersetHost is the name of a Superset that this release has not got: superset.enabled" -}}
{{- end -}}
{{- if and .Values.ingress.enabled .Values.networkPolicies.enabled (not .Values.networkPolicies.users) -}}
{{- fail "ingress.enabled, and networkPolicies.users lets nobody in: name the pods of the ingress controller, [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}]" -}}
{{- end -}}
{{- if and .Values.monitoring.serviceMonitor.enabled .Values.networkPolicies.enabled (not .Values.networkPolicies.monitors) -}}
{{- fail "monitoring.serviceMonitor.enabled, and networkPolicies.monitors lets no Prometheus in: name its pods, [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]" -}}
{{- end -}}
{{- if and .Values.superset.enabled (not .Values.superset.existingSecret) -}}
{{- fail "superset.existingSecret names no Secret: docs/kubernetes.md lists its keys" -}}
{{- end -}}
{{- if and .Values.superset.enabled .Values.superset.createDatabase (not .Values.postgres.enabled) -}}
{{- fail "superset.createDatabase makes a database in the PostgreSQL of this chart (postgres.enabled). With another one set it to false, and make the database by hand" -}}
{{- end -}}
{{- if and (ne .Values.workers.autoscaling.kind "none") (ne .Values.executor "CeleryExecutor") -}}
{{- fail (printf "workers.autoscaling.kind is %s, and %s has no workers: it needs executor CeleryExecutor" .Values.workers.autoscaling.kind .Values.executor) -}}
{{- end -}}
{{- if and (eq .Values.workers.autoscaling.kind "hpa") (lt (int .Values.workers.autoscaling.min) 1) -}}
{{- fail "workers.autoscaling.min is 0, where hpa measures no load and never adds one: take 1, or kind keda" -}}
{{- end -}}
{{- if and (eq .Values.workers.autoscaling.kind "keda") (not .Values.secrets.airflow.existingSecret) -}}
{{- fail "workers.autoscaling.kind keda reads KEDA_DATABASE_URL from a Secret: name it in secrets.airflow.existingSecret" -}}
{{- end -}}
{{- if and (eq .Values.executor "CeleryExecutor") (ne .Values.workers.autoscaling.kind "none") (gt (int .Values.workers.autoscaling.min) (int .Values.workers.autoscaling.max)) -}}
{{- fail "workers.autoscaling.min is above its max" -}}
{{- end -}}
{{- end -}}
