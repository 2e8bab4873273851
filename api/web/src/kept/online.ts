import { ref } from 'vue'

/** Whether the server was reached when it was last asked. */
export const isOnline = ref(navigator.onLine)

addEventListener('online', () => (isOnline.value = true))
addEventListener('offline', () => (isOnline.value = false))
