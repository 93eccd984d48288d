{{/* The pod of a task under KubernetesExecutor. plugins/medallion/operations/pod_template.py says what it is, for
every installation (`medallion pod-template`); a test holds this one to it. What this chart adds: git-sync, TLS,
labels, where to run. */}}
{{- define "medallion.taskPod" -}}
{{- $secret := .Values.secrets.connections -}}
apiVersion: v1
kind: Pod
metadata:
  name: medallion-task
  labels:
    app.kubernetes.io/name: medallion
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
    app.kubernetes.io/component: task
    {{- with .Values.identity.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  enableServiceLinks: false
  serviceAccountName: {{ include "medallion.fullname" . }}-task
  {{- include "medallion.pullSecrets" . | nindent 2 }}
  securityContext: {{- include "medallion.podSecurity" (dict "user" 50000 "group" 0) | nindent 4 }}
  {{- with .Values.tasks.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tasks.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if eq .Values.specs.from "git" }}
  initContainers:
    {{- include "medallion.gitSync" (dict "root" . "once" true) | nindent 4 }}
  {{- end }}
  containers:
    - name: base
      image: "{{ include "medallion.image" . }}"
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      env:
        - {name: AIRFLOW__CORE__EXECUTOR, value: KubernetesExecutor}
        - {name: AIRFLOW__CORE__EXECUTION_API_SERVER_URL, value: "{{ include "medallion.executionApi" . }}"}
        - {name: AIRFLOW__CORE__LOAD_EXAMPLES, value: "False"}
        - {name: TMPDIR, value: /var/tmp/medallion}
        - {name: MEDALLION_SECRETS_FOLDER, value: /etc/medallion/connections}
        {{- with .Values.lake.url }}
        - {name: MEDALLION_LAKE_ROOT, value: "{{ . }}"}
        {{- end }}
        {{- range $name, $value := include "medallion.taskVariables" . | fromYaml }}
        - {name: {{ $name }}, value: {{ $value | quote }}}
        {{- end }}
      resources:
        requests: {cpu: {{ .Values.tasks.cpu | quote }}, memory: {{ .Values.tasks.memory | quote }}}
        limits: {memory: {{ .Values.tasks.memory | quote }}}
      securityContext: {{- include "medallion.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - {name: secrets, mountPath: /etc/medallion/connections, readOnly: true}
        - {name: tmp, mountPath: /tmp}
        - {name: scratch, mountPath: /var/tmp/medallion}
        - {name: domains, mountPath: /opt/medallion/dags/domains}
        - {name: plans, mountPath: /opt/medallion/plans}
        - {name: logs, mountPath: /opt/medallion/logs}
        {{- if not .Values.lake.url }}
        - {name: lake, mountPath: /opt/medallion/lake}
        {{- end }}
        {{- include "medallion.caMount" . | nindent 8 }}
        {{- include "medallion.specsMount" . | nindent 8 }}
  volumes:
    {{- include "medallion.secretVolume" (dict "volume" "secrets" "secret" $secret) | nindent 4 }}
    - {name: tmp, emptyDir: {}}
    - {name: scratch, emptyDir: {}}
    - {name: domains, emptyDir: {}}
    {{- range $kind := list "plans" "logs" }}
    - name: {{ $kind }}
      {{- if (index $.Values $kind).shared }}
      persistentVolumeClaim: {claimName: {{ include "medallion.claim" (dict "root" $ "kind" $kind) | quote }}}
      {{- else }}
      emptyDir: {}
      {{- end }}
    {{- end }}
    {{- if not .Values.lake.url }}
    - name: lake
      persistentVolumeClaim: {claimName: {{ include "medallion.claim" (dict "root" . "kind" "lake") | quote }}}
    {{- end }}
    {{- include "medallion.caVolume" . | nindent 4 }}
    {{- include "medallion.specsVolumes" . | nindent 4 }}
{{- end -}}

{{- define "medallion.taskVariables" -}}
{{- with include "medallion.projectVariables" . }}
{{ . }}
{{- end }}
{{- with include "medallion.tlsVariables" . }}
{{ . }}
{{- end }}
{{- with .Values.settings }}
{{ toYaml . }}
{{- end }}
{{- end -}}
