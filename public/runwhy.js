// The first visit follows the system's light or dark theme; the button in the header decides from then on.
if (!localStorage.getItem("vite-ui-theme")) localStorage.setItem("vite-ui-theme", "system");

// "Runs" in the header opens the table of runs beside the conversation; the page hands window messages to the server.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!event.target.closest('a[href="#runs"]') && !button?.querySelector('a[href="#runs"]')) return;
  event.preventDefault();
  window.postMessage("runwhy:runs", window.location.origin);
}, true);
