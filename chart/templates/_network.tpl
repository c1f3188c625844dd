{{/* Port of the metrics in the pods, if it is not the app's own port or one of service.extraPorts; otherwise empty. */}}
{{- define "flask-app.metricsPort" -}}
{{- $port := int .Values.serviceMonitor.port }}
{{- if and .Values.serviceMonitor.enabled $port (ne $port (int .Values.service.targetPort)) -}}
{{ $port }}
{{- end }}
{{- end }}

{{/* Name of the pods' port that only has the metrics; empty if they are on the app's own port. */}}
{{- define "flask-app.metricsPortName" -}}
{{- if include "flask-app.metricsPort" . -}}
metrics
{{- else if and .Values.serviceMonitor.enabled (kindIs "string" .Values.serviceMonitor.port) -}}
{{ .Values.serviceMonitor.port }}
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

{{/*
Init container that waits until the server of a URL can be reached, but not for ever. Network policies admit a new pod only
a moment after it has started. Takes root, and url: the value or source of an environment variable.
*/}}
{{- define "flask-app.waitFor" -}}
- name: wait
  image: {{ .root.Values.test.image | quote }}
  command:
    - sh
    - -c
    - |
      address=${URL##*//}
      address=${address##*@}
      address=${address%%[/?]*}
      for attempt in $(seq 15); do
        [ -z "$address" ] || nc -w 2 "${address%:*}" "${address##*:}" </dev/null >/dev/null && break
        sleep 1
      done
  env:
    - name: URL
      {{- toYaml .url | nindent 6 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65534
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
  resources:
    requests: {cpu: 10m, memory: 16Mi, ephemeral-storage: 1Mi}
    limits: {cpu: 100m, memory: 32Mi, ephemeral-storage: 10Mi}
{{- end }}

{{/* Text as one word of a shell command. */}}
{{- define "flask-app.shellWord" -}}
'{{ replace "'" "'\\''" . }}'
{{- end }}

{{/*
Shell command of `helm test` for a probe: its request through the Service; for a probe that sends none, a connection. Takes
root, address (host:port) and probe. A certificate is not checked, as by the kubelet.
*/}}
{{- define "flask-app.testRequest" -}}
{{- if pick .probe "exec" "grpc" "tcpSocket" -}}
nc -w 10 {{ .address | replace ":" " " }} </dev/null >/dev/null; echo "the port is open"
{{- else -}}
{{- $url := printf "%s://%s%s" (.probe.scheme | default "HTTP" | lower) .address .probe.path -}}
timeout 10 wget -q -O /dev/null{{ if hasPrefix "https" $url }} --no-check-certificate{{ end }}
{{- range .probe.httpHeaders }} --header {{ include "flask-app.shellWord" (printf "%s: %s" .name .value) }}{{ end }} {{ include "flask-app.shellWord" $url }}; echo {{ include "flask-app.shellWord" .probe.path }} answers
{{- end }}
{{- end }}
