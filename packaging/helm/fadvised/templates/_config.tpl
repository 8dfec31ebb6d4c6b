{{/* Contents of fadvised.conf. JSON is valid there. */}}
{{- define "fadvised.conf" -}}
# Written by Helm from config, metrics and extraConfig. See fadvised.conf(5).
{{- with .Values.config }}
fadvised {{ toPrettyJson . }}
{{- end }}
{{- if .Values.metrics.enabled }}
fadvised.metrics.listen = "0.0.0.0:{{ int .Values.metrics.port }}"
{{- end }}
{{- with .Values.extraConfig }}
{{ . }}
{{- end }}
{{- end }}
