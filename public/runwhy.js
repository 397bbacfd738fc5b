// The first visit follows the system's light or dark theme; the button in the header decides from then on.
if (!localStorage.getItem("vite-ui-theme")) localStorage.setItem("vite-ui-theme", "system");
