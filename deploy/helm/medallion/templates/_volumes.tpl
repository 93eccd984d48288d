{{- define "medallion.claimSpec" -}}
accessModes: {{ toJson .accessModes }}
{{- with .storageClass }}
storageClassName: {{ . | quote }}
{{- end }}
resources: {requests: {storage: {{ .size | quote }}}}
{{- end -}}

{{- define "medallion.claimTemplate" -}}
volumeClaimTemplates:
  - metadata: {name: data}
    spec: {{- include "medallion.claimSpec" . | nindent 6 }}
{{- end -}}
