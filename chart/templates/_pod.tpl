{{/* Image of the app, with its digest if one is set. */}}
{{- define "flask-app.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}
{{- end }}

{{/*
Security context of the pods with the app's image: what `hardened` sets, and podSecurityContext over it. fsGroup
lets the user write to mounted volumes.
*/}}
{{- define "flask-app.podSecurityContext" -}}
{{- $hardened := dict "runAsNonRoot" true "runAsUser" 10001 "runAsGroup" 10001 "fsGroup" 10001 }}
{{- with mergeOverwrite (ternary $hardened dict .Values.hardened) .Values.podSecurityContext }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* Security context of the containers with the app's image, and of the model fetch: `hardened`, and securityContext over it. */}}
{{- define "flask-app.securityContext" -}}
{{- $hardened := dict "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) }}
{{- with mergeOverwrite (ternary $hardened dict .Values.hardened) .Values.securityContext }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* How an upgrade replaces the pods of a Deployment. */}}
{{- define "flask-app.strategy" -}}
strategy:
  {{- if eq .Values.strategy.type "Recreate" }}
  type: Recreate
  {{- else }}
  {{- toYaml .Values.strategy | nindent 2 }}
  {{- end }}
{{- end }}

{{/* Annotations that restart the pods of a Deployment when the ConfigMap or the chart's own Secret changes. */}}
{{- define "flask-app.checksums" -}}
checksum/config: {{ include "flask-app.configData" . | sha256sum }}
{{- if not .Values.existingSecret }}
checksum/secret: {{ include "flask-app.secretData" . | sha256sum }}
{{- end }}
{{- end }}

{{/*
Labels and annotations of a pod. Takes root, and optionally role for a pod that the Service must not select, and
annotations.
*/}}
{{- define "flask-app.podMetadata" -}}
{{- with merge (.annotations | default dict) .root.Values.podAnnotations .root.Values.commonAnnotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{ end -}}
labels:
  {{- toYaml (merge (include "flask-app.roleLabels" . | fromYaml) .root.Values.podLabels .root.Values.commonLabels) | nindent 2 }}
{{- end }}

{{/*
Where a pod runs, and its pull secrets. Takes root and role. Rules about other pods are about the app's replicas: for other
pods, which have to run next to them, they could leave no node.
*/}}
{{- define "flask-app.placement" -}}
{{- $values := .root.Values }}
{{- $role := .role | default "app" }}
{{- with $values.imagePullSecrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{ end -}}
{{- with $values.priorityClassName -}}
priorityClassName: {{ . | quote }}
{{ end -}}
{{- with $values.nodeSelector -}}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{ end -}}
{{- with $values.tolerations -}}
tolerations:
  {{- toYaml . | nindent 2 }}
{{ end -}}
{{- if not $values.enableServiceLinks -}}
enableServiceLinks: false
{{ end -}}
{{- with ternary $values.affinity (pick $values.affinity "nodeAffinity") (eq $role "app") -}}
affinity:
  {{- toYaml . | nindent 2 }}
{{ end -}}
{{- if has $role (list "app" "worker") }}
{{- with $values.topologySpreadConstraints -}}
topologySpreadConstraints:
  {{- $ownPods := dict "matchLabels" (include "flask-app.roleLabels" $ | fromYaml) }}
  {{- range . }}
  {{- $constraint := hasKey . "labelSelector" | ternary . (set (deepCopy .) "labelSelector" $ownPods) }}
  - {{ toYaml $constraint | nindent 4 | trim }}
  {{- end }}
{{ end -}}
{{- end }}
{{- end }}

{{/* What all pods with the app's image have in common, apart from their containers and volumes. Takes root and role. */}}
{{- define "flask-app.podBasics" -}}
{{- include "flask-app.placement" . }}
{{- with include "flask-app.podSecurityContext" .root -}}
securityContext:
  {{- . | nindent 2 }}
{{ end -}}
{{- with .root.Values.runtimeClassName -}}
runtimeClassName: {{ . | quote }}
{{ end -}}
automountServiceAccountToken: {{ .root.Values.automountServiceAccountToken }}
{{- end }}

{{/*
A container with the app's image. Takes root, role, name, command, args, resources, and the names of the configMap and the
secret with its environment. The caller adds what only its own container has.
*/}}
{{- define "flask-app.container" -}}
name: {{ .name }}
{{- with include "flask-app.securityContext" .root }}
securityContext:
  {{- . | nindent 2 }}
{{- end }}
image: {{ include "flask-app.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- with .command }}
command:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .args }}
args:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{ include "flask-app.environment" . }}
{{- with .resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "flask-app.volumeMounts" . | trim }}
volumeMounts:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
Containers that run before one with the app's image: the model fetch, and those that a value lists (containers). Takes
root, configMap and secret as well.
*/}}
{{- define "flask-app.initContainers" -}}
{{- with .root.Values.mlModel.fetch }}
{{- if and .enabled (include "flask-app.modelVolume" $) }}
- name: fetch-model
  image: {{ .image | quote }}
  command:
    {{- toYaml .command | nindent 4 }}
  {{- include "flask-app.environment" $ | nindent 2 }}
  {{- with include "flask-app.securityContext" $.root }}
  securityContext:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with $.root.Values.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    - name: model
      mountPath: {{ dir $.root.Values.mlModel.modelPath | quote }}
{{- end }}
{{- end }}
{{- with .containers }}
{{ include "flask-app.tpl" (dict "root" $.root "value" .) }}
{{- end }}
{{- end }}

{{/*
A probe: startupProbe, livenessProbe or readinessProbe. Takes one of the healthCheck values. It sends a request unless the
value has another action.
*/}}
{{- define "flask-app.probe" -}}
{{- with pick . "exec" "grpc" "tcpSocket" -}}
{{- toYaml . }}
{{- else -}}
httpGet:
  path: {{ .path | quote }}
  port: {{ .port | default "http" }}
  {{- with .scheme }}
  scheme: {{ . }}
  {{- end }}
  {{- with .httpHeaders }}
  httpHeaders:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
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
