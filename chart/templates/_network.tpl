{{/* Port of the metrics in the pods, if it is not the app's own port; otherwise empty. */}}
{{- define "flask-app.metricsPort" -}}
{{- $port := int .Values.serviceMonitor.port }}
{{- if and .Values.serviceMonitor.enabled $port (ne $port (int .Values.service.targetPort)) -}}
{{ $port }}
{{- end }}
{{- end }}

{{/* Rule that lets pods resolve names. */}}
{{- define "flask-app.dnsEgress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
  {{- with .Values.networkPolicy.dnsPeers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* Rules for what the app and the migration may connect to. */}}
{{- define "flask-app.egress" -}}
{{- include "flask-app.dnsEgress" . }}
{{- range $name := list "database" "redis" }}
{{- $server := get $.Values $name }}
{{- if and $server.enabled (not $.Values.existingSecret) }}
- ports:
    - port: {{ $server.port }}
      protocol: TCP
  {{- with get $.Values.networkPolicy (printf "%sPeers" $name) }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- with .Values.networkPolicy.egress }}
{{ toYaml . }}
{{- end }}
{{- end }}
