import { ref } from 'vue'

/** Whether the server answered when it was last asked; every question tells. */
export const isOnline = ref(navigator.onLine)

addEventListener('online', () => (isOnline.value = true))
addEventListener('offline', () => (isOnline.value = false))
