{{/* Names and labels. Every helper takes the root, or a dict with it as `root`. */}}

{{- define "medallion.fullname" -}}
{{- if contains "medallion" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-medallion" (.Release.Name | trunc 30 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{/* dict root, name */}}
{{- define "medallion.name" -}}
{{ include "medallion.fullname" .root }}-{{ .name }}
{{- end -}}

{{/* dict root, name: what a selector goes by; it never changes. */}}
{{- define "medallion.selector" -}}
app.kubernetes.io/name: medallion
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{- define "medallion.labels" -}}
{{ include "medallion.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* dict image, default: repository:tag, or repository@digest */}}
{{- define "medallion.imageOf" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .default }}
{{- end -}}
{{- end -}}

{{- define "medallion.image" -}}
{{ include "medallion.imageOf" (dict "image" .Values.image "default" .Chart.AppVersion) }}
{{- end -}}

{{- define "medallion.executionApi" -}}
http://{{ include "medallion.fullname" . }}-api-server:{{ .Values.apiServer.service.port }}/execution/
{{- end -}}

