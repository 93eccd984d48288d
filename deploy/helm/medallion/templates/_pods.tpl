{{/* What the pods of Airflow have in common. They keep to the pod security standard `restricted`. */}}

{{- define "medallion.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .user }}
runAsGroup: {{ .group }}
fsGroup: {{ .group }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "medallion.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* dict root, name, replicas: pods of one component stay apart where there is room. */}}
{{- define "medallion.spread" -}}
topologySpreadConstraints:
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "medallion.selector" $ | nindent 8 }}
{{- end }}
{{- end -}}

{{- define "medallion.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* dict root, kind: the claim of a shared volume (lake, plans, logs) */}}
{{- define "medallion.claim" -}}
{{- $volume := (index .root.Values .kind).volume -}}
{{ $volume.existingClaim | default (printf "%s-%s" (include "medallion.fullname" .root) .kind) }}
{{- end -}}

{{/* dict volume, secret, keys: a Secret, or a class of the CSI driver; of a Secret only the keys that are named */}}
{{- define "medallion.secretVolume" -}}
- name: {{ .volume }}
{{- if .secret.secretProviderClass }}
  csi:
    driver: secrets-store.csi.k8s.io
    readOnly: true
    volumeAttributes: {secretProviderClass: {{ .secret.secretProviderClass | quote }}}
{{- else }}
  secret:
    secretName: {{ .secret.existingSecret | quote }}
    defaultMode: 0440
    {{- with .keys }}
    items:
    {{- range . }}
      - {key: {{ . }}, path: {{ . }}}
    {{- end }}
    {{- end }}
{{- end }}
{{- end -}}

{{/* The keys of the Secret `airflow` that every component of Airflow needs, as JSON */}}
{{- define "medallion.airflowKeys" -}}
{{- $keys := list "AIRFLOW__CORE__FERNET_KEY" "AIRFLOW__API__SECRET_KEY" "AIRFLOW__API_AUTH__JWT_SECRET" "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" -}}
{{- if eq .Values.executor "CeleryExecutor" }}{{ $keys = append $keys "AIRFLOW__CELERY__BROKER_URL" }}{{ end -}}
{{ toJson $keys }}
{{- end -}}

{{/* How libpq, in every process, asks a PostgreSQL that is not this chart's for TLS. */}}
{{- define "medallion.tlsVariables" -}}
{{- if not .Values.postgres.enabled -}}
PGSSLMODE: {{ .Values.database.sslmode }}
{{- if hasPrefix "verify-" .Values.database.sslmode }}
PGSSLROOTCERT: {{ ternary "/etc/medallion/ca/ca.crt" "/etc/ssl/certs/ca-certificates.crt" (include "medallion.hasCa" . | eq "true") }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "medallion.hasCa" -}}
{{- $named := or .Values.database.ca.existingSecret .Values.database.ca.existingConfigMap -}}
{{ and (not .Values.postgres.enabled) (ne $named "") }}
{{- end -}}

{{- define "medallion.caVolume" -}}
{{- if eq (include "medallion.hasCa" .) "true" }}
{{- with .Values.database.ca }}
- name: ca
{{- if .existingSecret }}
  secret:
    secretName: {{ .existingSecret | quote }}
    defaultMode: 0440
    items: [{key: {{ .key | quote }}, path: ca.crt}]
{{- else }}
  configMap:
    name: {{ .existingConfigMap | quote }}
    items: [{key: {{ .key | quote }}, path: ca.crt}]
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "medallion.caMount" -}}
{{- if eq (include "medallion.hasCa" .) "true" }}
- {name: ca, mountPath: /etc/medallion/ca, readOnly: true}
{{- end }}
{{- end -}}

{{/* Where the project is: in the image, or in the checkout that git-sync keeps. */}}
{{- define "medallion.projectVariables" -}}
{{- if eq .Values.specs.from "git" -}}
MEDALLION_PROJECT_ROOT: /git/current{{ with .Values.specs.git.folder }}/{{ . | trimAll "/" }}{{ end }}
{{- end -}}
{{- end -}}

{{- define "medallion.specsVolumes" -}}
{{- if eq .Values.specs.from "git" }}
- {name: git, emptyDir: {}}
- {name: git-tmp, emptyDir: {}}
{{- with .Values.specs.git.credentials.existingSecret }}
- name: git-credentials
  secret: {secretName: {{ . | quote }}, defaultMode: 0440}
{{- end }}
{{- end }}
{{- end -}}

{{- define "medallion.specsMount" -}}
{{- if eq .Values.specs.from "git" }}
- {name: git, mountPath: /git, readOnly: true}
{{- end }}
{{- end -}}

{{/* dict root, once: git-sync. Once, before a pod starts; from then on beside it. */}}
{{- define "medallion.gitSync" -}}
{{- with .root.Values.specs.git -}}
- name: {{ ternary "specs" "follow-specs" $.once }}
  image: "{{ include "medallion.imageOf" (dict "image" .image "default" "") }}"
  imagePullPolicy: {{ $.root.Values.image.pullPolicy }}
  args:
    - --repo={{ .repository }}
    - --ref={{ .ref }}
    - --depth=1
    - --root=/git
    - --link=current
    {{- if $.once }}
    - --one-time
    {{- else }}
    - --period={{ .period }}
    # A forge that is away for a while ends no scheduler.
    - --max-failures=-1
    {{- end }}
    {{- if .credentials.existingSecret }}
    {{- if eq .credentials.kind "ssh" }}
    - --ssh-key-file=/etc/git-credentials/ssh
    - --ssh-known-hosts-file=/etc/git-credentials/known_hosts
    {{- else }}
    - --password-file=/etc/git-credentials/password
    {{- end }}
    {{- end }}
  env:
    - {name: HOME, value: /tmp}
    {{- if and .credentials.existingSecret (eq .credentials.kind "token") }}
    - name: GITSYNC_USERNAME
      valueFrom: {secretKeyRef: {name: {{ .credentials.existingSecret | quote }}, key: username}}
    {{- end }}
  resources: {{- toYaml .resources | nindent 4 }}
  securityContext:
    # Its own user, whom its passwd knows: ssh asks for that.
    runAsUser: 65533
    {{- include "medallion.containerSecurity" $.root | nindent 4 }}
  volumeMounts:
    - {name: git, mountPath: /git}
    - {name: git-tmp, mountPath: /tmp}
    {{- if .credentials.existingSecret }}
    - {name: git-credentials, mountPath: /etc/git-credentials, readOnly: true}
    {{- end }}
{{- end -}}
{{- end -}}

{{/* dict root, admin: the mounts of a container of Airflow's */}}
{{- define "medallion.mounts" -}}
- {name: connections, mountPath: /etc/medallion/connections, readOnly: true}
- {name: airflow, mountPath: /etc/medallion/airflow, readOnly: true}
- {name: tmp, mountPath: /tmp}
- {name: scratch, mountPath: /var/tmp/medallion}
- {name: domains, mountPath: /opt/medallion/dags/domains}
- {name: plans, mountPath: /opt/medallion/plans}
- {name: logs, mountPath: /opt/medallion/logs}
{{- if not .Values.lake.url }}
- {name: lake, mountPath: /opt/medallion/lake}
{{- end }}
{{- if eq .Values.executor "KubernetesExecutor" }}
- {name: task-pod, mountPath: /etc/medallion/task-pod, readOnly: true}
{{- end }}
{{- include "medallion.caMount" . }}
{{- include "medallion.specsMount" . }}
{{- end -}}

{{/* dict root, keys: the volumes of a pod of Airflow's; `keys` are those of the Secret `airflow` */}}
{{- define "medallion.volumes" -}}
{{- $values := .root.Values -}}
{{ include "medallion.secretVolume" (dict "volume" "connections" "secret" $values.secrets.connections) }}
{{ include "medallion.secretVolume" (dict "volume" "airflow" "secret" $values.secrets.airflow "keys" .keys) }}
- {name: tmp, emptyDir: {}}
- {name: scratch, emptyDir: {}}
- {name: domains, emptyDir: {}}
{{- range $kind := list "plans" "logs" }}
- name: {{ $kind }}
{{- if (index $values $kind).shared }}
  persistentVolumeClaim: {claimName: {{ include "medallion.claim" (dict "root" $.root "kind" $kind) | quote }}}
{{- else }}
  emptyDir: {}
{{- end }}
{{- end }}
{{- if not $values.lake.url }}
- name: lake
  persistentVolumeClaim: {claimName: {{ include "medallion.claim" (dict "root" .root "kind" "lake") | quote }}}
{{- end }}
{{- if eq $values.executor "KubernetesExecutor" }}
- name: task-pod
  configMap: {name: {{ include "medallion.fullname" .root }}-task-pod}
{{- end }}
{{- include "medallion.caVolume" .root }}
{{- include "medallion.specsVolumes" .root }}
{{- end -}}
