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
