import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import AskPage from './ask/AskPage.vue'

/** Make the router, from where the address stands by now. */
export const makeRouter = (): Router => createRouter({
  history: createWebHashHistory(location.pathname),
  routes: [
    { path: '/', component: AskPage, meta: { title: 'tabs.ask' } },
    { path: '/map', component: () => import('./map/MapPage.vue'), meta: { title: 'tabs.map' } },
    { path: '/work', component: () => import('./work/WorkPage.vue'), meta: { title: 'tabs.work' } },
    { path: '/notices', component: () => import('./work/NoticesPage.vue'), meta: { title: 'notices.title' } },
    { path: '/me', component: () => import('./account/MePage.vue'), meta: { title: 'tabs.me' } },
    { path: '/sending', component: () => import('./queue/SendingPage.vue'), meta: { title: 'sending.title' } },
    { path: '/application/:applicationId', component: () => import('./work/OpenPage.vue'), meta: { title: 'answer.title' } },
    { path: '/case/:id', component: () => import('./answer/AnswerPage.vue'), meta: { title: 'answer.title' }, props: true },
    { path: '/case/:id/customer', component: () => import('./answer/CustomerPage.vue'), meta: { title: 'customer.title', isLocked: true }, props: true },
    { path: '/case/:id/compare', component: () => import('./answer/ComparePage.vue'), meta: { title: 'compare.title' }, props: true },
    { path: '/case/:id/reply', component: () => import('./act/ReplyPage.vue'), meta: { title: 'reply.title' }, props: true },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})
