{{/* Image of the app, with its digest if one is set. */}}
{{- define "flask-app.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}
{{- end }}

{{/*
Security context of the app's pods and of the migration's: what `hardened` sets, and podSecurityContext over it. fsGroup
lets the user write to mounted volumes.
*/}}
{{- define "flask-app.podSecurityContext" -}}
{{- $hardened := dict "runAsNonRoot" true "runAsUser" 10001 "runAsGroup" 10001 "fsGroup" 10001 }}
{{- with mergeOverwrite (ternary $hardened dict .Values.hardened) .Values.podSecurityContext }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* Security context of the containers of the app, the migration and the model fetch: `hardened`, and securityContext over it. */}}
{{- define "flask-app.securityContext" -}}
{{- $hardened := dict "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) }}
{{- with mergeOverwrite (ternary $hardened dict .Values.hardened) .Values.securityContext }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* What the app's pods and the migration's have in common. */}}
{{- define "flask-app.podBasics" -}}
{{- with .Values.imagePullSecrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{ end -}}
{{- with include "flask-app.podSecurityContext" . -}}
securityContext:
  {{- . | nindent 2 }}
{{ end -}}
{{- with .Values.priorityClassName -}}
priorityClassName: {{ . | quote }}
{{ end -}}
{{- with .Values.nodeSelector -}}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{ end -}}
{{- with .Values.tolerations -}}
tolerations:
  {{- toYaml . | nindent 2 }}
{{ end -}}
automountServiceAccountToken: {{ .Values.automountServiceAccountToken }}
{{- end }}

{{/* An HTTP probe: startupProbe, livenessProbe or readinessProbe. Takes one of the healthCheck values. */}}
{{- define "flask-app.httpProbe" -}}
httpGet:
  path: {{ .path | quote }}
  port: {{ .port | default "http" }}
initialDelaySeconds: {{ .initialDelaySeconds }}
periodSeconds: {{ .periodSeconds }}
timeoutSeconds: {{ .timeoutSeconds }}
failureThreshold: {{ .failureThreshold }}
{{- end }}

{{/*
Lifecycle hooks of the app's container. By default it keeps serving for drainSeconds after its pod is told to stop, until
every node has stopped sending it requests. The `sleep` action needs Kubernetes 1.30; on older clusters the image must
have a `sleep` command.
*/}}
{{- define "flask-app.lifecycle" -}}
{{- if .Values.lifecycle }}
{{- toYaml .Values.lifecycle }}
{{- else if .Values.drainSeconds -}}
preStop:
  {{- if semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version }}
  sleep:
    seconds: {{ .Values.drainSeconds }}
  {{- else }}
  exec:
    command: [sleep, {{ .Values.drainSeconds | int64 | quote }}]
  {{- end }}
{{- end }}
{{- end }}
