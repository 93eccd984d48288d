{{/* A component of Airflow as a Deployment.

dict root, name, account (of its service account), one (its values), command, grace (seconds), probes (YAML),
more: dict ports, doctor, token, env */}}
{{- define "medallion.component" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
{{- $keys := concat (include "medallion.airflowKeys" $root | fromJsonArray) (.more.keys | default list) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "medallion.name" . }}
  labels: {{- include "medallion.labels" . | nindent 4 }}
spec:
  {{- if not .more.scaled }}
  replicas: {{ .one.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  selector:
    matchLabels: {{- include "medallion.selector" . | nindent 6 }}
  strategy:
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  template:
    metadata:
      labels:
        {{- include "medallion.labels" . | nindent 8 }}
        {{- with $values.identity.podLabels }}{{ toYaml . | nindent 8 }}{{ end }}
      annotations:
        # So that a change of settings starts new pods.
        checksum/settings: {{ include "medallion.settings" $root | sha256sum }}
        {{- if eq $values.executor "KubernetesExecutor" }}
        checksum/task-pod: {{ include "medallion.taskPod" $root | sha256sum }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "medallion.fullname" $root }}-{{ .account }}
      automountServiceAccountToken: {{ .more.token | default false }}
      enableServiceLinks: false
      {{- include "medallion.pullSecrets" $root | nindent 6 }}
      securityContext: {{- include "medallion.podSecurity" (dict "user" 50000 "group" 0) | nindent 8 }}
      terminationGracePeriodSeconds: {{ .grace }}
      {{- include "medallion.spread" . | nindent 6 }}
      initContainers:
        {{- if eq $values.specs.from "git" }}
        {{- include "medallion.gitSync" (dict "root" $root "once" true) | nindent 8 }}
        {{- end }}
        {{- if and .more.doctor $values.doctor.enabled }}
        - name: doctor
          args: [python, -m, medallion.cli, doctor, --without-specs]
          {{- include "medallion.initContainer" $root | nindent 10 }}
        {{- end }}
        - name: wait-for-setup
          args: [airflow, db, check-migrations, --migration-wait-timeout, "600"]
          {{- include "medallion.initContainer" $root | nindent 10 }}
      containers:
        - name: {{ .name }}
          image: "{{ include "medallion.image" $root }}"
          imagePullPolicy: {{ $values.image.pullPolicy }}
          args: {{- toYaml .command | nindent 12 }}
          envFrom:
            - configMapRef: {name: {{ include "medallion.fullname" $root }}-settings}
          {{- with .more.env }}
          env: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with .more.ports }}
          ports:
          {{- range $name, $port := . }}
            - {name: {{ $name }}, containerPort: {{ $port }}}
          {{- end }}
          {{- end }}
          {{- .probes | nindent 10 }}
          resources: {{- toYaml .one.resources | nindent 12 }}
          securityContext: {{- include "medallion.containerSecurity" $root | nindent 12 }}
          volumeMounts: {{- include "medallion.mounts" $root | nindent 12 }}
        {{- if eq $values.specs.from "git" }}
        {{- include "medallion.gitSync" (dict "root" $root "once" false) | nindent 8 }}
        {{- end }}
      volumes: {{- include "medallion.volumes" (dict "root" $root "keys" $keys) | nindent 8 }}
{{- end -}}

{{/* What init containers of our image have in common. */}}
{{- define "medallion.initContainer" -}}
image: "{{ include "medallion.image" . }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
envFrom:
  - configMapRef: {name: {{ include "medallion.fullname" . }}-settings}
resources: {requests: {cpu: 100m, memory: 512Mi}, limits: {memory: 1Gi}}
securityContext: {{- include "medallion.containerSecurity" . | nindent 2 }}
volumeMounts: {{- include "medallion.mounts" . | nindent 2 }}
{{- end -}}
