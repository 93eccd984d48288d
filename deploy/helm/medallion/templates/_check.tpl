{{/* What values.schema.json cannot say: values that do not go together. The first one ends the rendering. */}}
{{- define "medallion.check" -}}
{{- if and (eq .Values.specs.from "git") (not .Values.specs.git.repository) -}}
{{- fail "specs.from is git, and specs.git.repository names none: https://forge.example.org/team/specs.git" -}}
{{- end -}}
{{- range $name, $one := .Values.secrets -}}
{{- if and $one.existingSecret $one.secretProviderClass -}}
{{- fail (printf "secrets.%s names a Secret and a SecretProviderClass: empty the one that is not meant (existingSecret: \"\")" $name) -}}
{{- end -}}
{{- if not (or $one.existingSecret $one.secretProviderClass) -}}
{{- fail (printf "secrets.%s names neither a Secret (existingSecret) nor a class of the CSI driver (secretProviderClass)" $name) -}}
{{- end -}}
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
{{- if and .Values.database.ca.existingSecret .Values.database.ca.existingConfigMap -}}
{{- fail "database.ca names a Secret and a ConfigMap: name one" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not (or .Values.ingress.host .Values.ingress.supersetHost)) -}}
{{- fail "ingress.enabled needs ingress.host, under which people open Airflow" -}}
{{- end -}}
{{- if and .Values.ingress.enabled .Values.networkPolicies.enabled (not .Values.networkPolicies.users) -}}
{{- fail "ingress.enabled, and networkPolicies.users lets nobody in: name the pods of the ingress controller, [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}]" -}}
{{- end -}}
{{- if and .Values.monitoring.serviceMonitor.enabled .Values.networkPolicies.enabled (not .Values.networkPolicies.monitors) -}}
{{- fail "monitoring.serviceMonitor.enabled, and networkPolicies.monitors lets no Prometheus in: name its pods, [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]" -}}
{{- end -}}
{{- if and .Values.superset.enabled .Values.superset.createDatabase (not .Values.postgres.enabled) -}}
{{- fail "superset.createDatabase makes a database in the PostgreSQL of this chart (postgres.enabled). With another one set it to false, and make the database by hand" -}}
{{- end -}}
{{- if and (eq .Values.workers.autoscaling.kind "keda") (not .Values.secrets.airflow.existingSecret) -}}
{{- fail "workers.autoscaling.kind keda reads KEDA_DATABASE_URL from a Secret: name it in secrets.airflow.existingSecret" -}}
{{- end -}}
{{- if and (eq .Values.executor "CeleryExecutor") (ne .Values.workers.autoscaling.kind "none") (gt (int .Values.workers.autoscaling.min) (int .Values.workers.autoscaling.max)) -}}
{{- fail "workers.autoscaling.min is above its max" -}}
{{- end -}}
{{- end -}}
