{{- define "medallion.claimSpec" -}}
accessModes: {{ toJson .accessModes }}
{{- with .storageClass }}
storageClassName: {{ . }}
{{- end }}
resources: {requests: {storage: {{ .size }}}}
{{- end -}}

{{- define "medallion.claimTemplate" -}}
volumeClaimTemplates:
  - metadata: {name: data}
    spec: {{- include "medallion.claimSpec" . | nindent 6 }}
{{- end -}}
