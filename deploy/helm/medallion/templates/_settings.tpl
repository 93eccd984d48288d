{{/* Variables of every component of Airflow. docker-compose.yaml says why each is as it is. */}}
{{- define "medallion.settings" -}}
AIRFLOW__CORE__EXECUTOR: {{ .Values.executor }}
AIRFLOW__CORE__EXECUTION_API_SERVER_URL: {{ include "medallion.executionApi" . }}
# A pod's name: its heartbeats are found by it.
AIRFLOW__CORE__HOSTNAME_CALLABLE: socket.gethostname
# Airflow reads a DAG whole for each asset that it publishes: of 400 tables, a gigabyte without this.
AIRFLOW__CORE__COMPRESS_SERIALIZED_DAGS: "True"
AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL: "0"
AIRFLOW__CORE__LOAD_EXAMPLES: "False"
{{- if and .Values.postgres.enabled (not .Values.postgres.logFiles) }}
MEDALLION_ACCESS_JOURNAL: "off"
{{- end }}
AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACKS: "False"
AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT: "60"
AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT: "90"
AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL: "30"
AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL: "30"
AIRFLOW__API__DEFAULT_WRAP: "True"
{{- if and .Values.ingress.enabled .Values.ingress.host }}
AIRFLOW__API__BASE_URL: {{ ternary "https" "http" (ne .Values.ingress.tlsSecret "") }}://{{ .Values.ingress.host }}
# What the ingress says of a reader's address and scheme is believed: the network policy lets nobody else in.
FORWARDED_ALLOW_IPS: "*"
{{- end }}
AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK: "True"
AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME: "0.1"
AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT: "60"
AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL: "30"
AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL: "1"
AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT: "30"
AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS: "0o700"
AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS: "0o600"
{{- if .Values.monitoring.statsd.enabled }}
AIRFLOW__METRICS__STATSD_ON: "True"
AIRFLOW__METRICS__STATSD_HOST: {{ include "medallion.fullname" . }}-statsd
AIRFLOW__METRICS__STATSD_PORT: "9125"
{{- end }}
{{- if eq .Values.executor "CeleryExecutor" }}
AIRFLOW__CELERY__WORKER_CONCURRENCY: {{ .Values.workers.concurrency | quote }}
AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS: medallion.airflow.celery_worker.CONFIG
AIRFLOW__CELERY__OPERATION_TIMEOUT: "10"
AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT: "120"
{{- end }}
{{- if eq .Values.executor "KubernetesExecutor" }}
AIRFLOW__KUBERNETES_EXECUTOR__NAMESPACE: {{ .Release.Namespace | quote }}
AIRFLOW__KUBERNETES_EXECUTOR__POD_TEMPLATE_FILE: /etc/medallion/task-pod/pod.yaml
# A pod that failed before its task began is looked at with kubectl; the rest are gone with their task.
AIRFLOW__KUBERNETES_EXECUTOR__DELETE_WORKER_PODS: "True"
AIRFLOW__KUBERNETES_EXECUTOR__DELETE_WORKER_PODS_ON_FAILURE: "False"
AIRFLOW__KUBERNETES_EXECUTOR__WORKER_PODS_CREATION_BATCH_SIZE: "16"
{{- end }}
MEDALLION_SECRETS_FOLDER: /etc/medallion/connections:/etc/medallion/airflow
{{- with .Values.lake.url }}
MEDALLION_LAKE_ROOT: {{ . | quote }}
{{- end }}
{{- with include "medallion.projectVariables" . }}
{{ . }}
{{- end }}
{{- with include "medallion.tlsVariables" . }}
{{ . }}
{{- end }}
{{- if .Values.superset.enabled }}
MEDALLION_SUPERSET_URL: {{ .Values.superset.url | quote }}
{{- end }}
TMPDIR: /var/tmp/medallion
{{- with .Values.settings }}
{{ toYaml . }}
{{- end }}
{{- end -}}
