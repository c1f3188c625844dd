{{/* Source of the model's volume; empty if there is none. */}}
{{- define "flask-app.modelVolume" -}}
{{- with .Values.mlModel }}
{{- if and .enabled (eq .volume.type "emptyDir") -}}
emptyDir: {}
{{- else if and .enabled (eq .volume.type "claim") -}}
persistentVolumeClaim:
  claimName: {{ include "flask-app.suffixedName" (dict "root" $ "suffix" "model") | quote }}
{{- else if and .enabled (eq .volume.type "existingClaim") -}}
persistentVolumeClaim:
  claimName: {{ .volume.existingClaim | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Spec of a claim. Takes the value that describes its volume. */}}
{{- define "flask-app.claimSpec" -}}
accessModes:
  {{- toYaml .accessModes | nindent 2 }}
{{- with .storageClass }}
storageClassName: {{ . | quote }}
{{- end }}
resources:
  requests:
    storage: {{ .size | quote }}
{{- end }}

{{/* Whether `hardened` mounts a volume at /tmp: "true", or empty because extraVolumeMounts has a mount there. */}}
{{- define "flask-app.mountsTmp" -}}
{{- $paths := list }}
{{- range .Values.extraVolumeMounts }}
{{- $paths = append $paths (tpl (toString .mountPath) $ | clean) }}
{{- end }}
{{- if and .Values.hardened (not (has "/tmp" $paths)) }}true{{ end }}
{{- end }}

{{/* Volumes that the app and the migration share: /tmp, and extraVolumes. */}}
{{- define "flask-app.sharedVolumes" -}}
{{- if include "flask-app.mountsTmp" . }}
- emptyDir: {}
  name: tmp
{{- end }}
{{- with .Values.extraVolumes }}
{{ include "flask-app.tpl" (dict "root" $ "value" .) }}
{{- end }}
{{- end }}

{{/* Mounts of those volumes. */}}
{{- define "flask-app.sharedVolumeMounts" -}}
{{- if include "flask-app.mountsTmp" . }}
- mountPath: /tmp
  name: tmp
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ include "flask-app.tpl" (dict "root" $ "value" .) }}
{{- end }}
{{- end }}
